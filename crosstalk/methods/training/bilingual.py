"""A model for every pair of languages, each with an equal share of the updates; no zero-shot translation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crosstalk.config.base import Section
from crosstalk.methods.training.dense import updater as updater

if TYPE_CHECKING:
    from crosstalk.methods.given import Given
    from crosstalk.tokens.bitexts import Direction


class Options(Section):
    """Which pairs."""

    pairs: list[tuple[str, str]] | None = None
    """Pairs of languages; None takes every language with the pivot."""


def parts(given: Given) -> dict[str, list[Direction]]:
    """Both directions of every pair that has training sentences; CrosstalkError for a pair without any."""
    from crosstalk.errors import CrosstalkError
    from crosstalk.tokens.bitexts import Direction

    chosen = given.options["pairs"] or [d for d in given.directions if d.tgt == given.pivot]
    found = {_name(*pair): [Direction(*pair), Direction(*reversed(pair))] for pair in chosen}
    directions = [direction for both in found.values() for direction in both]
    spoken = [direction for direction in directions if {*direction} <= set(given.stores)]
    trained = given.bitexts("train", spoken).pairs
    if lacking := [direction for direction in directions if direction not in trained]:
        raise CrosstalkError(f"bilingual: {lacking[0]} has no training sentences; choose options.pairs among others")
    return found


def variant(direction: Direction, pivot: str, options: Mapping[str, Any]) -> tuple[str, str] | None:
    """The pair's own model; None for a pair that none was trained for."""
    name = _name(*direction)
    pairs = [_name(*pair) for pair in options["pairs"]] if options["pairs"] else None
    known = pivot in direction if pairs is None else name in pairs
    return (name, name) if known else None


def _name(*pair: str) -> str:
    return "-".join(sorted(pair))
