"""The directions of a benchmark as memory-mapped token pairs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import permutations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crosstalk.tokens.batches import Bitext, align, pad
from crosstalk.tokens.store import TokenStore
from crosstalk.tokens.vocabulary import EOS, PAD, Vocabulary


class Direction(NamedTuple):
    """A translation direction."""

    src: str
    tgt: str

    def __str__(self) -> str:
        return f"{self.src}-{self.tgt}"


class Micro(NamedTuple):
    """A micro-batch of one direction: ids [sentences, longest], padded with PAD; labels end with EOS."""

    direction: Direction
    source: NDArray[np.int64]
    target: NDArray[np.int64]

    @property
    def tokens(self) -> int:
        """Scored tokens."""
        return int((self.target != PAD).sum())


def supervised(languages: Iterable[str], pivot: str) -> list[Direction]:
    """Every language into the pivot and back."""
    others = [language for language in languages if language != pivot]
    return [Direction(o, pivot) for o in others] + [Direction(pivot, o) for o in others]


def zero_shot(languages: Iterable[str], pivot: str) -> list[Direction]:
    """All ordered pairs without the pivot."""
    return [Direction(*pair) for pair in permutations([o for o in languages if o != pivot], 2)]


def target(language: str, languages: Iterable[str], pivot: str) -> str:
    """The language that a sentence is tagged for when nothing is translated: a supervised direction's target."""
    return pivot if language != pivot else next(other for other in languages if other != pivot)


@dataclass(frozen=True)
class Bitexts:
    """Aligned sentences of a split for several directions."""

    stores: dict[str, TokenStore]
    pairs: dict[Direction, Bitext]
    tags: dict[str, int]
    tag_on_source: bool

    @classmethod
    def open(
        cls,
        stores: dict[str, TokenStore],
        directions: Iterable[Direction],
        split: str,
        vocabulary: Vocabulary,
        max_length: int,
        tag_on_source: bool,
    ) -> Bitexts:
        """Join the stores; directions without a pair are left out."""
        pairs = {d: align(stores[d.src], stores[d.tgt], split, max_length) for d in directions}
        return cls(stores, {d: p for d, p in pairs.items() if len(p)}, vocabulary.tags, tag_on_source)

    def micro(self, direction: Direction, rows: NDArray[np.int64]) -> Micro:
        """Ids of some rows of a direction; the target-language tag opens the source when tags stand there."""
        pair = self.pairs[direction]
        source, target = self.stores[direction.src], self.stores[direction.tgt]
        tag = [self.tags[direction.tgt]] if self.tag_on_source else []
        return Micro(
            direction,
            pad([np.array([*tag, *source[r], EOS], np.int32) for r in pair.source_rows[rows]], PAD),
            pad([np.array([*target[r], EOS], np.int32) for r in pair.target_rows[rows]], PAD),
        )
