"""Images of sentences as pixels, as a model wants them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pyarrow as pa
import torch
from PIL import Image
from torch import Tensor

from crosstalk.multimodal.pictures import Condition, Pictures, shuffled

_KEPT = 2 << 30
"""Bytes of prepared images that are kept."""


class Pixels:
    """Pixels [3, side, side] of sentences' images, scaled as the model wants them."""

    def __init__(self, images: pa.Table, processor: Any) -> None:
        """``images``: IMAGES. ``processor``: an image processor of transformers."""
        self._pictures, self._processor = Pictures(images), processor
        self._mean = torch.tensor(processor.image_mean).view(3, 1, 1)
        self._std = torch.tensor(processor.image_std).view(3, 1, 1)
        self._prepared: dict[int, Tensor] = {}
        self._size = 0

    def batch(self, sentences: Sequence[str], turn: int = 0) -> Tensor:
        """Pixels [sentences, 3, side, side]; of several images of a sentence, those of ``turn``."""
        pixels = torch.stack([self._prepare(self._pictures.row(name, turn)) for name in sentences])
        return (pixels.float() / 255 - self._mean) / self._std

    def under(self, condition: Condition, sentences: Sequence[str], seed: int) -> Tensor:
        """``batch`` with each sentence's own image, another one's of these, or the mean colour."""
        own = self.batch(shuffled(sentences, seed) if condition == "shuffled" else sentences)
        return torch.zeros_like(own) if condition == "blank" else own

    def _prepare(self, row: int) -> Tensor:
        if row in self._prepared:
            return self._prepared[row]
        pixels = self._fitted(self._pictures.open(row))
        if self._size + pixels.numel() <= _KEPT:
            self._prepared[row] = pixels
            self._size += pixels.numel()
        return pixels

    def _fitted(self, image: Image.Image) -> Tensor:
        """Resized and cropped, bytes [3, side, side]."""
        crop = self._processor.crop_size
        if image.size == (crop["width"], crop["height"]) and self._processor.size.get("shortest_edge") == image.height:
            return torch.from_numpy(np.array(image)).permute(2, 0, 1)
        found = self._processor(image, do_rescale=False, do_normalize=False, return_tensors="pt")["pixel_values"][0]
        return cast(Tensor, found.round().clamp(0, 255).to(torch.uint8))
