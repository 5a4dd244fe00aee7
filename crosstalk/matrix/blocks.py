"""Which runs there are and which job trains them: pure functions of the list of languages.

A block is one job: a language with up to N of those before it in the list, and in its first block its runs alone.
Appending a language therefore adds blocks and leaves every other one as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

from crosstalk.config.matrix import Matrix


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
    def name(self) -> str:
        """What messages and files call it."""
        return f"{self.language}.{self.partner or ('half' if self.half else 'alone')}.{self.seed}"


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
