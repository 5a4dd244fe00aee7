"""Texts to read: equivalence sets and translations, drawn by place and not by quality."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from crosstalk.report.data import ReportData, frame, stacked
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
    for (_, src, tgt), direction in _spread(rows, ["split", "src", "tgt"], limit):
        sentence = direction[direction["sentence_id"] == min(direction["sentence_id"])].set_index("method")
        first = sentence.iloc[0]
        lines = [Line("Source", first["source"], src), Line("Reference", first["reference"], tgt)]
        lines += [
            Line(data.method(method), sentence.loc[method, "hypothesis"], tgt)
            for method in order
            if method in sentence.index
        ]
        found.append(Sample(f"{data.language(src)} → {data.language(tgt)}", lines))
    return found


def equivalence_sets(data: ReportData, benchmark: str, limit: int = _SETS) -> list[Sample]:
    """The first set of each language: the source, its paraphrases and how much of the source's tokens they share."""
    rows = frame(data.benchmarks[benchmark].sets)
    if rows.empty:
        return []
    found = []
    for (language,), sets in _spread(rows, ["language"], limit):
        members = sets[sets["set_id"] == min(sets["set_id"])].sort_values("member")
        lines = [
            Line(
                "Source" if member == 0 else f"Paraphrase {member}",
                text,
                language,
                "" if member == 0 or pd.isna(overlap) else f"{percent(overlap, 0)} shared",
            )
            for member, text, overlap in members[["member", "text", "overlap"]].itertuples(index=False)
        ]
        found.append(Sample(data.language(language), lines))
    return found


def mean_overlap(data: ReportData, benchmark: str) -> float | None:
    """Mean share of a source's tokens in its paraphrases, over all given sets."""
    rows = frame(data.benchmarks[benchmark].sets)
    shared = rows.loc[rows["member"] > 0, "overlap"] if len(rows) else pd.Series(dtype=float)
    return float(shared.mean()) if shared.notna().any() else None


def _spread(rows: pd.DataFrame, columns: list[str], limit: int) -> list[tuple[tuple[str, ...], pd.DataFrame]]:
    """At most ``limit`` groups, evenly spaced in their order."""
    groups = list(rows.groupby(columns, sort=True))
    step = max(len(groups) / limit, 1.0)
    return [groups[int(place * step)] for place in range(min(limit, len(groups)))]
