"""Texts to read: equivalence sets and translations, drawn by place and not by quality."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from crosstalk.report.data import ReportData, frame, records, stacked
from crosstalk.report.numbers import percent
from crosstalk.report.scores import methods

_TRANSLATIONS = 12
_SETS = 12


@dataclass(frozen=True)
class Line:
    """A text beside what it is; ``code`` is the language it is in."""

    label: str
    text: str
    code: str
    note: str = ""


@dataclass(frozen=True)
class Sample:
    """Lines that belong together."""

    title: str
    lines: list[Line]


def translations(data: ReportData, benchmark: str, limit: int = _TRANSLATIONS) -> list[Sample]:
    """Source, reference and the hypotheses of every method: the first sentence of directions evenly spread."""
    rows = stacked(data.benchmarks[benchmark].hypotheses, "method")
    if rows.empty:
        return []
    order = methods(data, rows["method"])
    found = []
    for direction in _spread(rows, ["split", "src", "tgt"], limit):
        sentence = records(direction[direction["sentence_id"] == min(direction["sentence_id"])])
        src, tgt = sentence[0]["src"], sentence[0]["tgt"]
        lines = [Line("Source", sentence[0]["source"], src), Line("Reference", sentence[0]["reference"], tgt)]
        sentence.sort(key=lambda row: order.index(row["method"]))
        lines += [Line(data.method(row["method"]), row["hypothesis"], tgt) for row in sentence]
        found.append(Sample(f"{data.language(src)} → {data.language(tgt)}", lines))
    return found


def equivalence_sets(data: ReportData, benchmark: str, limit: int = _SETS) -> list[Sample]:
    """The first set of each language: the source, its paraphrases and how much of the source's tokens they share."""
    rows = frame(data.benchmarks[benchmark].sets)
    if rows.empty:
        return []
    found = []
    for sets in _spread(rows, ["language"], limit):
        members = records(sets[sets["set_id"] == min(sets["set_id"])].sort_values("member"))
        language = members[0]["language"]
        lines = [
            Line(
                f"Paraphrase {row['member']}" if row["member"] else "Source",
                row["text"],
                language,
                f"{percent(row['overlap'], 0)} shared" if row["member"] and pd.notna(row["overlap"]) else "",
            )
            for row in members
        ]
        found.append(Sample(data.language(language), lines))
    return found


def mean_overlap(data: ReportData, benchmark: str) -> float | None:
    """Mean share of a source's tokens in its paraphrases, over all given sets."""
    rows = frame(data.benchmarks[benchmark].sets)
    shared = rows.loc[rows["member"] > 0, "overlap"] if len(rows) else pd.Series(dtype=float)
    return float(shared.mean()) if shared.notna().any() else None


def _spread(rows: pd.DataFrame, columns: list[str], limit: int) -> list[pd.DataFrame]:
    """At most ``limit`` groups of rows, evenly spaced in their order."""
    groups = [group for _, group in rows.groupby(columns, sort=True)]
    step = max(len(groups) / limit, 1.0)
    return [groups[int(place * step)] for place in range(min(limit, len(groups)))]
