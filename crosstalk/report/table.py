"""A table as the page shows it."""

from __future__ import annotations

from dataclasses import dataclass

from crosstalk.report.numbers import MISSING, Format, Real, interval


@dataclass(frozen=True)
class Cell:
    """What a cell says, a smaller note below it, the number it sorts by and a verdict of ``scores.verdict``."""

    text: str
    note: str = ""
    sort: float | None = None
    verdict: str = ""


@dataclass(frozen=True)
class Table:
    """A table whose first column names its rows; ``name`` finds the caption that explains it (none
    where that of a figure does)."""

    name: str
    title: str
    columns: list[str]
    rows: list[list[Cell]]


def between(low: Real, high: Real, write: Format) -> str:
    """An interval in words; nothing where an end is missing."""
    return "" if MISSING in (texts := (write(low), write(high))) else interval(*texts)
