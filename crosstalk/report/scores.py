"""Score rows as the report reads them: averaged over seeds, by group of directions, beside the baseline."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from crosstalk.report.data import ReportData

ANY = "X"
ZERO_SHOT = "zero_shot"
TIERS = ("high", "medium", "low", "all", ZERO_SHOT)


def averaged(data: ReportData, benchmark: str, varied: bool = False) -> pd.DataFrame:
    """A row for each split, direction, tier, method and metric of a benchmark, methods in the order of the report.

    Without the variations of a method, or only these and the method itself when ``varied``.

    Columns are those of ``Benchmark.means``.
    """
    rows = data.benchmarks[benchmark].means
    if not rows.empty:
        shown = data.variations if varied else [*{*rows["method"]} - ({*data.variations} - {*data.methods})]
        rows = rows[rows["method"].isin(list(shown))]
    if rows.empty:
        return rows
    order = {method: place for place, method in enumerate(methods(data, rows["method"]))}
    return rows.sort_values("method", key=lambda names: names.map(order), kind="stable", ignore_index=True)


def methods(data: ReportData, found: Iterable[str]) -> list[str]:
    """Methods that occur, in the order of ``data.methods``, then those it does not name."""
    found = list(dict.fromkeys(found))
    return [key for key in data.methods if key in found] + [key for key in found if key not in data.methods]


def aggregates(rows: pd.DataFrame) -> pd.DataFrame:
    """Averages over directions: ``X`` stands on a side."""
    return rows[(rows["src"] == ANY) | (rows["tgt"] == ANY)]


def directions(rows: pd.DataFrame) -> pd.DataFrame:
    """Single directions."""
    return rows[(rows["src"] != ANY) & (rows["tgt"] != ANY)]


def sides(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """The groups of directions that are averaged: from the pivot, to the pivot, zero-shot."""
    found = set(aggregates(rows)[["src", "tgt"]].itertuples(index=False, name=None))
    return sorted(found, key=lambda side: ((side[0] == ANY) + (side == (ANY, ANY)), side))


def whole(side: tuple[str, str]) -> str:
    """The tier of a group's average over all its directions."""
    return ZERO_SHOT if side == (ANY, ANY) else "all"


def side_label(data: ReportData, side: tuple[str, str]) -> str:
    """``English → X``, ``X → English``, ``Zero-shot``."""
    return "Zero-shot" if side == (ANY, ANY) else f"{data.language(side[0])} → {data.language(side[1])}"


def select(rows: pd.DataFrame, side: tuple[str, str], tier: str, metric: str) -> pd.DataFrame:
    """Rows of a group, tier and metric, indexed by method."""
    if rows.empty:
        return rows
    chosen = (rows["src"] == side[0]) & (rows["tgt"] == side[1]) & (rows["tier"] == tier) & (rows["metric"] == metric)
    return rows[chosen].set_index("method")


def first_split(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the split that comes first, which figures and the summary show."""
    return rows if rows.empty else rows[rows["split"] == rows["split"].iloc[0]]


def verdict(low: float | None, high: float | None) -> str:
    """``better`` or ``worse`` where the interval of a difference excludes 0, ``same`` where it covers it."""
    if pd.isna(low) or pd.isna(high):
        return "unknown"
    return "better" if low > 0 else "worse" if high < 0 else "same"
