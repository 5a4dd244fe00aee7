"""Images of sentences as pixels, those of other sentences, or blank ones."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Literal, cast

import numpy as np
import pyarrow as pa
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from crosstalk.errors import CrosstalkError
from crosstalk.tokens.batches import generator

Condition = Literal["image", "shuffled", "blank"]
"""The sentence's own image, another sentence's, one without content: the mean colour of what models were trained on."""
_KEPT = 2 << 30
"""Bytes of prepared images that are kept."""


class Pixels:
    """Pixels [3, side, side] of sentences' images, scaled as the model wants them."""

    def __init__(self, images: pa.Table, processor: Any) -> None:
        """``images``: IMAGES. ``processor``: an image processor of transformers."""
        self._ids: dict[str, list[int]] = {}
        for row, name in enumerate(images["sentence_id"].to_pylist()):
            self._ids.setdefault(name, []).append(row)
        self._bytes, self._processor = images["image"], processor
        self._mean = torch.tensor(processor.image_mean).view(3, 1, 1)
        self._std = torch.tensor(processor.image_std).view(3, 1, 1)
        self._prepared: dict[int, Tensor] = {}
        self._size = 0

    def __contains__(self, sentence: str) -> bool:
        return sentence in self._ids

    def batch(self, sentences: Sequence[str], turn: int = 0) -> Tensor:
        """Pixels [sentences, 3, side, side]; of several images of a sentence, those of ``turn``, the first of all."""
        rows = [self._ids[name][turn % len(self._ids[name])] for name in sentences]
        pixels = torch.stack([self._prepare(row, name) for row, name in zip(rows, sentences, strict=True)])
        return (pixels.float() / 255 - self._mean) / self._std

    def under(self, condition: Condition, sentences: Sequence[str], seed: int) -> Tensor:
        """``batch``, with each sentence's own image, another one's of these, or blank ones.

        Raises CrosstalkError when there is no other sentence to take an image of.
        """
        if condition == "blank":
            return torch.zeros_like(self.batch(sentences))
        if condition == "image":
            return self.batch(sentences)
        if len(sentences) < 2:
            raise CrosstalkError("shuffled images: expected two sentences or more")
        order = generator(seed, "shuffled").permutation(len(sentences))
        others = np.empty(len(sentences), np.int64)
        others[order] = np.roll(order, 1)
        return self.batch([sentences[int(row)] for row in others])

    def _prepare(self, row: int, name: str) -> Tensor:
        if row in self._prepared:
            return self._prepared[row]
        try:
            with Image.open(io.BytesIO(self._bytes[row].as_py() or b"")) as image:
                plain = image.convert("RGB")
        except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
            raise CrosstalkError(f"image of sentence {name!r}: not readable ({error}); expected PNG or JPEG") from error
        pixels = self._fitted(plain)
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
