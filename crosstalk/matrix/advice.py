"""Which languages to mix: mixes ranked by expected interference, and what each of their languages suffers and costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from crosstalk.errors import CrosstalkError, nearest
from crosstalk.matrix.expectation import Objective, Pairs, effects, pairs_of, suffered, summary
from crosstalk.matrix.schemas import ADVICE
from crosstalk.matrix.search import Ranked, Task, search


@dataclass(frozen=True)
class Request:
    """Mixes of the languages to ``keep`` and ``add`` of the ``candidates`` (None: all) that are not to ``exclude``."""

    keep: Sequence[str]
    add: int
    candidates: Sequence[str] | None = None
    exclude: Sequence[str] = ()
    objective: Objective = "worst"
    top: int = 5
    seed: int = 0
    seconds: float = 4.0
    """After so long, no further proof is tried that the best mixes are the best."""


@dataclass(frozen=True)
class Advice:
    """Rows of ADVICE; there were ``considered`` mixes of ``candidates``, the first ``proven`` of the table are the best
    there are, and no other one is better than ``bound``. ``lacking`` candidates have no cell with one to keep."""

    table: pa.Table
    candidates: list[str]
    lacking: list[str]
    considered: int
    proven: int
    bound: float


def advise(cells: pd.DataFrame, request: Request) -> Advice:
    """Rank mixes by what the ``cells`` (INTERFERENCE) let expect.

    Raises CrosstalkError when a language is unknown, named twice, or both to keep and to exclude, when there are too
    few candidates, when two languages to keep have no cell, or when no mix is possible.
    """
    pairs = pairs_of(cells)
    keep, chosen = _named(request, pairs.languages)
    size = len(keep) + request.add
    expected = effects(pairs, size)
    values = np.where(np.isnan(expected.values), -inf, expected.values)
    np.fill_diagonal(values, 0)
    together = np.isfinite(values) & np.isfinite(values).T
    for first in keep:
        for second in keep:
            if not together[first, second]:
                names = f"{pairs.languages[first]} with {pairs.languages[second]}"
                raise CrosstalkError(f"interference: {names} is missing; expected a cell for all languages to keep")
    usable = [each for each in chosen if together[each, keep].all()]
    if len(usable) < request.add:
        raise CrosstalkError(
            f"add: {request.add} languages of {len(usable)} candidates; expected no more than there are"
        )
    task = Task(values, np.array(keep, int), np.array(usable, int), request.add, request.objective)
    found = search(task, request.top, request.seconds, request.seed)
    if not len(found.mixes):
        raise CrosstalkError(
            f"interference: no mix of {size} languages has all its cells; measure or predict more pairs"
        )
    lacking = [pairs.languages[each] for each in chosen if each not in usable]
    candidates = [pairs.languages[each] for each in usable]
    table = pa.Table.from_pylist(_rows(pairs, found, len(keep), request.objective), schema=ADVICE)
    return Advice(table, candidates, lacking, found.considered, found.proven, found.bound)


def proposed(cells: pd.DataFrame, request: Request) -> pa.Table:
    """ADVICE rows; none where the cells do not allow such a mix."""
    try:
        return advise(cells, request).table
    except CrosstalkError:
        return ADVICE.empty_table()


def _named(request: Request, languages: list[str]) -> tuple[list[int], list[int]]:
    """Numbers of the languages to keep, and of the candidates."""
    given = {"keep": request.keep, "candidates": request.candidates or [], "exclude": request.exclude}
    for option, names in given.items():
        for name in names:
            if name not in languages:
                raise CrosstalkError(f"{option}: unknown {name!r}{nearest(name, languages)}")
    if again := sorted({name for name in request.keep if list(request.keep).count(name) > 1}):
        raise CrosstalkError(f"keep: {again[0]!r} twice; expected each language once")
    if both := sorted({*request.keep} & {*request.exclude}):
        raise CrosstalkError(f"exclude: {both[0]!r} is to keep as well; expected one of the two")
    if request.add < 0 or len(request.keep) + request.add < 2:
        size = len(request.keep) + request.add
        raise CrosstalkError(f"add: {request.add} makes mixes of {size} languages; expected at least 2")
    if request.top < 1:
        raise CrosstalkError(f"top: {request.top}; expected at least 1")
    pool = languages if request.candidates is None else request.candidates
    chosen = {*pool} - {*request.keep} - {*request.exclude}
    return [languages.index(name) for name in request.keep], [languages.index(name) for name in sorted(chosen)]


def _rows(pairs: Pairs, found: Ranked, kept: int, objective: Objective) -> list[dict[str, Any]]:
    """A row for each language of each mix."""
    size = found.mixes.shape[1]
    now = effects(pairs, size)
    each, widths = suffered(now.values, found.mixes), suffered(now.half_width, found.mixes)
    low, high = summary(each - widths, objective), summary(each + widths, objective)
    rows = []
    for at, mix in enumerate(found.mixes):
        inside = np.ix_(mix, mix)
        costs = np.nansum(now.values[inside], axis=0) / (size - 1)
        share = pairs.measured[inside].sum() / (size * (size - 1))
        names = [pairs.languages[language] for language in mix]
        for place, language in enumerate(names):
            rows.append(
                {
                    "rank": at + 1,
                    "mix": names,
                    "objective": objective,
                    "expected": found.values[at],
                    "expected_low": low[at],
                    "expected_high": high[at],
                    "proven": at < found.proven,
                    "measured": share,
                    "language": language,
                    "kept": place < kept,
                    "interference": each[at, place],
                    "ci_low": each[at, place] - widths[at, place],
                    "ci_high": each[at, place] + widths[at, place],
                    "costs_others": costs[place],
                    "without": _without(pairs, mix, place, objective),
                }
            )
    return rows


def _without(pairs: Pairs, mix: np.ndarray, place: int, objective: Objective) -> float:
    """What is expected of a mix when one of its languages is left out; 0 when one is left, alone."""
    rest = np.delete(mix, place)[None]
    return float(summary(suffered(effects(pairs, rest.shape[1]).values, rest), objective)[0]) if rest.size > 1 else 0.0
