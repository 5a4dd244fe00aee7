"""Which runs there are and which job trains them: pure functions of the list of languages.

A block is one job: a language with up to N of those before it in the list, and in its first block its runs alone.
Appending a language therefore adds blocks and leaves every other one as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

from crosstalk.config.matrix import Matrix


class Share(NamedTuple):
    """What a language gets of every batch: its sentences are dealt to ``of`` shares in turn, and this is ``number``.

    ``stream`` numbers the orders in which sentences of one language come.
    """

    language: str
    stream: int
    number: int
    of: int

    def sentences(self, update: int, batch: int) -> range:
        """Places in the stream of what an update sees, when a batch has ``batch`` sentences of all shares."""
        first, stop = (-(-(at * batch - self.number) // self.of) for at in (update, update + 1))
        return range(first, stop)


class Run(NamedTuple):
    """One training: a language alone, alone with half of every batch, or with a partner."""

    language: str
    partner: str | None
    half: bool
    seed: int

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages that are trained and evaluated."""
        return (self.language,) if self.partner is None else (self.language, self.partner)

    @property
    def shares(self) -> list[Share]:
        """Of every batch, in the order they stand in it; the same for {a, b} and {b, a}."""
        if self.partner is None:
            return [Share(self.language, half, half, 2) for half in range(1 if self.half else 2)]
        return dealt(self.languages)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What names its rows: one for each of its languages, the language that is evaluated first."""
        pairs = [(self.language, self.partner)]
        if self.partner is not None:
            pairs.append((self.partner, self.language))
        names = ("language", "added_language", "half", "seed")
        return [dict(zip(names, (*pair, self.half, self.seed), strict=True)) for pair in pairs]

    @property
    def name(self) -> str:
        """What messages and files call it."""
        return f"{self.language}.{self.partner or ('half' if self.half else 'alone')}.{self.seed}"


def dealt(languages: Sequence[str]) -> list[Share]:
    """Equal shares of every batch, in alphabetical order."""
    return [Share(language, 0, number, len(languages)) for number, language in enumerate(sorted(languages))]


class Block(NamedTuple):
    """One job; ``number`` counts the blocks of ``language`` from "00"."""

    language: str
    number: str


def trained(first: str, second: str, settings: Matrix) -> bool:
    """Whether a pair is within the budget: a draw of its own, which no other language changes; {a, b} = {b, a}."""
    if settings.budget == 1 or any({first, second} == set(pair) for pair in settings.also):
        return True
    name = "\x1f".join(["pair", str(settings.draw), *sorted((first, second))])
    draw = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")
    return draw < settings.budget * 2**64


def pairs(languages: Sequence[str], settings: Matrix) -> list[tuple[str, str]]:
    """Pairs that are trained, the earlier language of the list first."""
    return [pair for pair in combinations(languages, 2) if trained(*pair, settings)]


def blocks(languages: Sequence[str], settings: Matrix) -> list[Block]:
    """All jobs. A block without a run but those of the language alone exists only as its first."""
    found = []
    for at, language in enumerate(languages):
        count = max(1, -(-at // settings.block))
        for number in range(count):
            block = Block(language, f"{number:02d}")
            if number == 0 or runs(block, languages, settings):
                found.append(block)
    return found


def runs(block: Block, languages: Sequence[str], settings: Matrix) -> list[Run]:
    """Runs of a block, in the order they are trained; every seed of a run follows the others."""
    at, number = languages.index(block.language), int(block.number)
    earlier = languages[:at][number * settings.block : (number + 1) * settings.block]
    kinds: list[tuple[str | None, bool]] = []
    if number == 0:
        kinds += [(None, False), (None, True)] if settings.exposure else [(None, False)]
    kinds += [(partner, False) for partner in earlier if trained(block.language, partner, settings)]
    return [Run(block.language, partner, half, seed) for partner, half in kinds for seed in settings.seeds]
