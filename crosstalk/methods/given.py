"""What a training may look at: the model it starts from, the corpora, the partition and its settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from accelerate import Accelerator
from transformers import BartForConditionalGeneration

from crosstalk.config.training import Model, Specialisation
from crosstalk.tokens.bitexts import Bitexts, Direction, supervised
from crosstalk.tokens.vocabulary import Vocabulary
from crosstalk.training.recipes import Stores, bitexts


@dataclass(frozen=True)
class Given:
    """``options`` are the method's, as they were checked; ``partition`` is None for a method without sets."""

    model: BartForConditionalGeneration
    stores: Stores
    vocabulary: Vocabulary
    partition: pd.DataFrame | None
    shape: Model
    settings: Specialisation
    options: Mapping[str, Any]
    max_length: int
    pivot: str
    seed: int
    accelerator: Accelerator

    @property
    def directions(self) -> list[Direction]:
        """Every language into the pivot and back."""
        return supervised(self.stores, self.pivot)

    def bitexts(self, split: str, directions: Iterable[Direction] | None = None) -> Bitexts:
        """The pairs of a split, of all supervised directions by default."""
        chosen = self.directions if directions is None else directions
        return bitexts(self.stores, self.vocabulary, self.shape, self.max_length, chosen, split)
