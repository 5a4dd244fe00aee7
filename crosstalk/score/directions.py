"""The directions in a table of hypotheses, and the groups of them that are averaged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby, pairwise

import pyarrow as pa

from crosstalk.artefacts import HYPOTHESES
from crosstalk.errors import CrosstalkError

ANY = "X"
"""Stands for every language but the pivot."""
ZERO_SHOT = "zero_shot"
"""Tier of a direction without the pivot, which no training pair covers."""

_DIRECTION = ["split", "src", "tgt"]
_KEY = [*_DIRECTION, "sentence_id"]


@dataclass(frozen=True)
class Direction:
    """One translation direction of one split and its rows in the ordered table."""

    split: str
    src: str
    tgt: str
    tier: str
    rows: slice

    @property
    def sentences(self) -> int:
        return self.rows.stop - self.rows.start


@dataclass(frozen=True)
class Group:
    """Directions (by index) whose metrics are averaged; a direction on its own is a group of one."""

    split: str
    src: str
    tgt: str
    tier: str
    members: list[int]


def ordered(table: pa.Table, name: str) -> pa.Table:
    """The rows of ``HYPOTHESES`` by split, direction and sentence.

    Raises CrosstalkError, naming the table ``name``, when it is empty, lacks a value or has a sentence twice.
    """
    table = table.select(HYPOTHESES.names).sort_by([(column, "ascending") for column in _KEY])
    if not table.num_rows:
        raise CrosstalkError(f"hypotheses of {name!r}: no rows; expected at least one translated sentence")
    for column in table.column_names:
        if table[column].null_count:
            raise CrosstalkError(f"hypotheses of {name!r}: column {column!r} lacks values; expected text in every row")
    keys = _keys(table)
    for key, following in pairwise(keys):
        if key == following:
            split, src, tgt, sentence = key
            raise CrosstalkError(f"hypotheses of {name!r}: sentence {sentence!r} is twice in {split} {src}-{tgt}")
    return table


def check_comparable(table: pa.Table, baseline: pa.Table, name: str, baseline_name: str) -> None:
    """Both ordered tables must translate the same sentences and have the same references, or CrosstalkError."""
    if unmatched := set(_keys(table)) ^ set(_keys(baseline)):
        split, src, tgt, sentence = min(unmatched)
        raise CrosstalkError(
            f"hypotheses of {name!r} and {baseline_name!r}: only one has {sentence!r} of {split} {src}-{tgt}; "
            "expected the same sentences"
        )
    if table["reference"].to_pylist() != baseline["reference"].to_pylist():
        raise CrosstalkError(f"hypotheses of {name!r} and {baseline_name!r}: references differ; expected the same")


def directions(table: pa.Table, pivot: str, tiers: Mapping[str, str]) -> list[Direction]:
    """The directions of an ordered table; a supervised one has the tier of its language that is not the pivot.

    Raises CrosstalkError when that language has no tier.
    """
    found = []
    start = 0
    for (split, src, tgt, *_), rows in groupby(_keys(table), key=lambda key: key[:3]):
        stop = start + sum(1 for _ in rows)
        if pivot in (src, tgt):
            other = tgt if src == pivot else src
            if other not in tiers:
                raise CrosstalkError(f"tiers: language {other!r} of {src}-{tgt} has none")
            tier = tiers[other]
        else:
            tier = ZERO_SHOT
        found.append(Direction(split, src, tgt, tier, slice(start, stop)))
        start = stop
    return found


def groups(found: list[Direction], pivot: str, expected: list[Direction]) -> list[Group]:
    """Each direction, then ``X`` to pivot and pivot to ``X`` by tier and over all, then ``X`` to ``X``.

    An average lacks when a direction of it that is ``expected`` was not found: it could not be compared.
    """
    singles = [Group(one.split, one.src, one.tgt, one.tier, [index]) for index, one in enumerate(found)]
    averages, whole = _averages(found, pivot), _averages(expected, pivot)
    complete = {key: members for key, members in averages.items() if len(members) == len(whole[key])}
    return singles + [Group(*key, members) for key, members in sorted(complete.items())]


def _averages(found: list[Direction], pivot: str) -> dict[tuple[str, str, str, str], list[int]]:
    averages: dict[tuple[str, str, str, str], list[int]] = {}
    for index, one in enumerate(found):
        src = pivot if one.src == pivot else ANY
        tgt = pivot if one.tgt == pivot else ANY
        for tier in (one.tier,) if one.tier == ZERO_SHOT else (one.tier, "all"):
            averages.setdefault((one.split, src, tgt, tier), []).append(index)
    return averages


def same_directions(table: pa.Table, other: pa.Table) -> pa.Table:
    """The rows of ``table`` whose direction occurs in ``other``: a method may leave directions out."""
    return table.join(other.select(_DIRECTION).group_by(_DIRECTION).aggregate([]), _DIRECTION, join_type="left semi")


def _keys(table: pa.Table) -> list[tuple[str, ...]]:
    return list(zip(*(table[column].to_pylist() for column in _KEY), strict=True))
