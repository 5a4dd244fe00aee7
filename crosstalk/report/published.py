"""What the papers' tables say, and what the NRD paper says of a method beside what was measured here."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from crosstalk.report import scores
from crosstalk.report.data import ReportData, records
from crosstalk.report.numbers import MISSING, signed, significant
from crosstalk.report.table import Cell, Table, Where, between, bounds

_BASELINE = "XLM-T"


def published_rows(paper: str, metric: str = "BLEU") -> list[dict[str, str]]:
    """What a paper's tables say, a number a row: paper, table, system, benchmark, setting, metric, value."""
    with Path(__file__).with_name("published.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["paper"] == paper and row["metric"] == metric]


def differences(paper: str = "NRD") -> dict[tuple[str, str], float]:
    """(system, setting) -> its published BLEU minus the baseline's in the same setting."""
    values = {(row["system"], row["setting"]): float(row["value"]) for row in published_rows(paper)}
    return {
        (system, setting): value - values[_BASELINE, setting]
        for (system, setting), value in values.items()
        if (_BASELINE, setting) in values and system != _BASELINE
    }


def holm(p: Sequence[float]) -> list[float]:
    """p-values that hold for all of a family of tests at once (Holm 1979)."""
    order = np.argsort(p)
    steps = np.asarray(p)[order] * np.arange(len(p), 0, -1)
    found = np.empty(len(p))
    found[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return [float(value) for value in found]


def published_table(data: ReportData, benchmark: str) -> Table | None:
    """Difference from the baseline of every published method, in the paper and here, by group of directions.

    None when the baseline is another one than the paper's, or no such method was scored.
    """
    if data.published.get(data.baseline) != _BASELINE:
        return None
    theirs = differences()
    averages = scores.first_split(scores.averaged(data, benchmark))
    if averages.empty:
        return None
    rows: dict[str, dict[str, Cell]] = {}
    heads: dict[str, Where] = {}
    for side in scores.sides(averages):
        tier = scores.whole(side)
        delta, p = (scores.select(averages, side, tier, metric) for metric in ("BLEU_delta", "BLEU_p"))
        found = {row["method"]: row for row in records(delta.reset_index())}
        tested = [method for method in found if method in p.index and p.loc[method, "seeds"] == 1]
        corrected = dict(zip(tested, holm([float(p.loc[method, "value"]) for method in tested]), strict=True))
        for method in (method for method in found if data.published.get(method)):
            known, row = theirs.get((data.published[method], _setting(side))), found[method]
            note = between(row["ci_low"], row["ci_high"], signed)
            note += f"; p {significant(corrected[method], 2)}" if method in corrected else ""
            verdict = scores.verdict(row["ci_low"], row["ci_high"])
            label = scores.side_label(data, side)
            ends = bounds(row["ci_low"], row["ci_high"])
            rows.setdefault(method, {"Method": Cell(data.method(method), where={"method": method})}).update(
                {
                    f"{label}, paper": Cell(MISSING if known is None else signed(known), sort=known),
                    f"{label}, here": Cell(signed(row["value"]), note, float(row["value"]), verdict, ends),
                }
            )
            heads[f"{label}, here"] = {"src": side[0], "tgt": side[1], "tier": tier, "metric": "BLEU_delta"}
    if not rows:
        return None
    columns = list(dict.fromkeys(name for cells in rows.values() for name in cells))
    body = [[cells.get(name, Cell(MISSING)) for name in columns] for cells in rows.values()]
    title = "Differences from the baseline in BLEU, beside the paper's"
    where = {"benchmark": benchmark, "split": str(averages["split"].iloc[0])}
    marks = [heads.get(name) for name in columns]
    return Table("published", title, columns, body, "scores/{benchmark}/{method}", where, marks)


def _setting(side: tuple[str, str]) -> str:
    if side == (scores.ANY, scores.ANY):
        return "zero-shot/avg90"
    return "X-en/avg94" if side[0] == scores.ANY else "en-X/avg94"
