"""Images of sentences: their own, those of other sentences, or blank ones."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pyarrow as pa
from PIL import Image, UnidentifiedImageError

from crosstalk.errors import CrosstalkError
from crosstalk.tokens.batches import generator

Condition = Literal["image", "shuffled", "blank"]
"""The sentence's own image, another sentence's, one without content."""
_GREY = (124, 116, 104)
"""Mean colour of the images that CLIP was trained on."""


class Pictures:
    """Images by sentence, opened when asked for."""

    def __init__(self, images: pa.Table) -> None:
        """``images``: IMAGES."""
        self._rows: dict[str, list[int]] = {}
        for row, name in enumerate(images["sentence_id"].to_pylist()):
            self._rows.setdefault(name, []).append(row)
        self._names, self._bytes = images["sentence_id"], images["image"]

    def row(self, sentence: str, turn: int = 0) -> int:
        """Where a sentence's image is; of several, that of ``turn``, the first of all."""
        mine = self._rows[sentence]
        return mine[turn % len(mine)]

    def open(self, row: int) -> Image.Image:
        """An image in RGB; CrosstalkError when it cannot be read."""
        try:
            with Image.open(io.BytesIO(self._bytes[row].as_py() or b"")) as image:
                return image.convert("RGB")
        except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
            name = self._names[row].as_py()
            raise CrosstalkError(f"image of sentence {name!r}: not readable ({error}); expected PNG or JPEG") from error

    def under(self, condition: Condition, sentences: Sequence[str], seed: int) -> list[Image.Image]:
        """An image for each sentence; CrosstalkError as ``shuffled`` and ``open``."""
        names = shuffled(sentences, seed) if condition == "shuffled" else sentences
        found = [self.open(self.row(name)) for name in names]
        return [Image.new("RGB", image.size, _GREY) for image in found] if condition == "blank" else found


def shuffled(sentences: Sequence[str], seed: int) -> list[str]:
    """For each sentence another one of them; CrosstalkError when there is none."""
    if len(sentences) < 2:
        raise CrosstalkError("shuffled images: expected two sentences or more")
    order = generator(seed, "shuffled").permutation(len(sentences))
    others = np.empty(len(sentences), np.int64)
    others[order] = np.roll(order, 1)
    return [sentences[int(row)] for row in others]
