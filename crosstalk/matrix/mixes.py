"""Mixes of several languages that are trained to see how well the pairs foretell them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb
from typing import Any, NamedTuple

from crosstalk.config.matrix import Check, Matrix
from crosstalk.matrix.blocks import Share, dealt
from crosstalk.tokens.batches import generator


class Mix(NamedTuple):
    """One training of several languages, in alphabetical order, each with the same share of every batch."""

    languages: tuple[str, ...]
    seed: int

    @property
    def shares(self) -> list[Share]:
        """Of every batch, in the order they stand in it."""
        return dealt(self.languages)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What names its rows, one for each language."""
        return [{"mix": list(self.languages), "language": each, "seed": self.seed} for each in self.languages]

    @property
    def name(self) -> str:
        """What messages and files call it."""
        return f"{'+'.join(self.languages)}.{self.seed}"


def sizes(languages: Sequence[str], settings: Matrix) -> list[int]:
    """Numbers of languages for which there are mixes; those of one number are one job."""
    most = min(len(languages), settings.training.sentences)
    return sorted({*(size for size in settings.check.sizes if size <= most), *map(len, settings.check.also)})


def runs(size: int, languages: Sequence[str], settings: Matrix) -> list[Mix]:
    """Mixes of ``size`` of the languages, in the order they are trained; every seed of a mix follows the others."""
    check = settings.check
    named = [tuple(sorted(mix)) for mix in check.also if len(mix) == size]
    chosen = [*(drawn(size, languages, check) if size in check.sizes else []), *named]
    return [Mix(mix, seed) for mix in dict.fromkeys(chosen) for seed in settings.seeds]


def drawn(size: int, languages: Sequence[str], check: Check) -> list[tuple[str, ...]]:
    """``check.mixes`` different mixes at random, or all if there are no more."""
    names = sorted(languages)
    if comb(len(names), size) <= check.mixes:
        return list(combinations(names, size))
    random, found = generator("mixes", check.draw, size), set[tuple[str, ...]]()
    while len(found) < check.mixes:
        found.add(tuple(names[at] for at in sorted(random.choice(len(names), size, replace=False))))
    return sorted(found)
