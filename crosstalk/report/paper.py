"""Tables 1 to 4 and Figure 2 of the NRD paper, measured here, with the paper's numbers below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from crosstalk.report import scores
from crosstalk.report.data import ReportData
from crosstalk.report.numbers import MISSING, fixed, percent
from crosstalk.report.published import published_rows
from crosstalk.report.table import Cell, Table, Where

_TO_PIVOT = {"high": "X-en/high", "medium": "X-en/medium", "low": "X-en/low", "all": "X-en/avg94"}
_FROM_PIVOT = {tier: setting.replace("X-en", "en-X") for tier, setting in _TO_PIVOT.items()}
_ZERO_SHOT = {scores.ZERO_SHOT: "zero-shot/avg90"}
_FIGURE_2 = ("Bilingual", "MNMT (from scratch)", "XLM-T", "NRD")
_GAINS = {"deu_Latn": 1.8, "fra_Latn": 2.8}
"""NRD minus XLM-T in Figure 2, by target language."""
_SHOWN = 4
"""Directions that are set beside bilingual models."""


@dataclass(frozen=True)
class _Contents:
    """Which systems a table of the paper has, and which averages: (out of, into the pivot, zero-shot) by tier."""

    number: str
    title: str
    systems: tuple[str, ...]
    from_pivot: tuple[str, ...] = ()
    to_pivot: tuple[str, ...] = ()
    zero_shot: bool = False


_TIERS = ("high", "medium", "low", "all")
_TABLES = (
    _Contents(
        "1",
        "Table 1 of the paper: directions with the pivot, by resources",
        ("MNMT (from scratch)", "XLM-T", "Adapters", "Neuron Specialization", "CaPA", "NRD"),
        _TIERS,
        _TIERS,
    ),
    _Contents(
        "2",
        "Table 2 of the paper: zero-shot translation",
        ("MNMT (from scratch)", "XLM-T", "Adapters", "Neuron Specialization", "NRD"),
        zero_shot=True,
    ),
    _Contents(
        "3",
        "Table 3 of the paper: stages and statistic of NRD",
        ("XLM-T", "NRD-FT only", "NRD-DRF only", "NRD-FT + static masking", "NRD (frequency)", "NRD"),
        to_pivot=("all",),
        zero_shot=True,
    ),
    _Contents(
        "4",
        "Table 4 of the paper: what units are judged on",
        ("NRD (random sets)", "NRD (identical sentences)", "NRD"),
        to_pivot=("all",),
        zero_shot=True,
    ),
)


def paper_tables(data: ReportData, benchmark: str) -> list[Table]:
    """The tables that some method of the run belongs to; none without scores."""
    rows = scores.first_split(scores.averaged(data, benchmark))
    if rows.empty:
        return []
    published = _published()
    where = {"benchmark": benchmark, "split": str(rows["split"].iloc[0])}
    found = [_table(data, rows, contents, published, where) for contents in _TABLES]
    return [table for table in (*found, _interference(data, rows, where)) if table is not None]


def _published() -> dict[tuple[str, str, str], float]:
    """(table, system, setting) -> BLEU."""
    return {(row["table"], row["system"], row["setting"]): float(row["value"]) for row in published_rows("NRD")}


def _table(
    data: ReportData,
    rows: pd.DataFrame,
    contents: _Contents,
    published: dict[tuple[str, str, str], float],
    where: Where,
) -> Table | None:
    methods = {data.published[key]: key for key in scores.methods(data, rows["method"]) if data.published.get(key)}
    systems = [system for system in contents.systems if system in methods]
    if len(systems) < 2:
        return None
    columns: dict[str, list[Cell]] = {"Method": _names(data, methods, systems)}
    heads: dict[str, Where] = {}
    for side in scores.sides(rows):
        settings = _settings(side)
        wanted = {
            (True, False): contents.to_pivot,
            (False, True): contents.from_pivot,
            (True, True): (scores.ZERO_SHOT,) if contents.zero_shot else (),
        }[side[0] == scores.ANY, side[1] == scores.ANY]
        for tier in wanted:
            here = scores.select(rows, side, tier, "BLEU")
            if here.empty:
                continue
            theirs = [published.get((contents.number, system, settings[tier])) for system in systems]
            heading = scores.side_label(data, side) + ("" if tier == scores.ZERO_SHOT else f", {tier}")
            columns[heading] = [
                _beside(here, methods[system], paper) for system, paper in zip(systems, theirs, strict=True)
            ]
            heads[heading] = {"src": side[0], "tgt": side[1], "tier": tier, "metric": "BLEU"}
        if contents.zero_shot and side == (scores.ANY, scores.ANY):
            rates = scores.select(rows, side, scores.ZERO_SHOT, "off_target")["value"]
            columns["Off-target"] = [_share(rates, methods[system]) for system in systems]
            heads["Off-target"] = {"src": side[0], "tgt": side[1], "tier": scores.ZERO_SHOT, "metric": "off_target"}
    if len(columns) < 2:
        return None
    return _whole(contents.title, columns, heads, where)


def _interference(data: ReportData, rows: pd.DataFrame, where: Where) -> Table | None:
    """Figure 2: out of the pivot into languages with many resources, beside bilingual models of the same shape."""
    methods = {data.published.get(key): key for key in scores.methods(data, rows["method"])}
    systems = [system for system in _FIGURE_2 if system in methods]
    pivots = {side[0] for side in scores.sides(rows) if side[1] == scores.ANY} - {scores.ANY}
    chosen = scores.directions(rows)
    chosen = chosen[(chosen["metric"] == "BLEU") & (chosen["tier"] == "high") & chosen["src"].isin(pivots)]
    if len(systems) < 2 or _FIGURE_2[0] not in systems or chosen.empty:
        return None
    columns: dict[str, list[Cell]] = {"Method": _names(data, methods, systems)}
    heads: dict[str, Where] = {}
    for (src, tgt), part in list(chosen.groupby(["src", "tgt"], sort=True))[:_SHOWN]:
        here, gain = part.set_index("method"), _GAINS.get(str(tgt))
        cells = [_beside(here, methods[system], None) for system in systems]
        if gain is not None and systems[-1] == "NRD":
            cells[-1] = Cell(cells[-1].text, f"paper: {gain:+.1f} to XLM-T", cells[-1].sort)
        heading = f"{data.language(str(src))} → {data.language(str(tgt))}"
        columns[heading] = cells
        heads[heading] = {"src": str(src), "tgt": str(tgt), "tier": "high", "metric": "BLEU"}
    title = "Figure 2 of the paper: bilingual models, which no other language interferes with"
    return _whole(title, columns, heads, where)


def _names(data: ReportData, methods: Mapping[Any, str], systems: Sequence[str]) -> list[Cell]:
    return [Cell(data.method(methods[system]), where={"method": methods[system]}) for system in systems]


def _whole(title: str, columns: dict[str, list[Cell]], heads: dict[str, Where], where: Where) -> Table:
    lines = [list(line) for line in zip(*columns.values(), strict=True)]
    marks = [heads.get(heading) for heading in columns]
    return Table("paper", title, list(columns), lines, "scores/{benchmark}/{method}", where, marks)


def _settings(side: tuple[str, str]) -> dict[str, str]:
    if side == (scores.ANY, scores.ANY):
        return _ZERO_SHOT
    return _TO_PIVOT if side[0] == scores.ANY else _FROM_PIVOT


def _beside(here: pd.DataFrame, method: str, paper: float | None) -> Cell:
    note = "" if paper is None else f"paper {fixed(paper)}"
    if method not in here.index:
        return Cell(MISSING, note)
    value = float(here["value"][method])
    return Cell(fixed(value), note, value)


def _share(rates: pd.Series, method: str) -> Cell:
    return Cell(percent(rates[method]), "", float(rates[method])) if method in rates.index else Cell(MISSING)
