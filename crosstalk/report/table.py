"""A table as the page shows it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crosstalk.report.numbers import MISSING, Format, Real, interval, number

Bounds = tuple[float, float]
Where = Mapping[str, str]
"""Column -> value: which row of a file."""


@dataclass(frozen=True)
class Cell:
    """What a cell says, a smaller note below it, the number it sorts by and a verdict of ``scores.verdict``.

    ``bounds`` is the number's interval, ``null`` what it would be within if there were nothing to find; ``where`` of
    the first cell of a line names the line's row.
    """

    text: str
    note: str = ""
    sort: float | None = None
    verdict: str = ""
    bounds: Bounds | None = None
    null: Bounds | None = None
    where: Where = field(default_factory=dict)

    @property
    def is_number(self) -> bool:
        """Whether there is a number to sort by."""
        return self.sort is not None and not math.isnan(self.sort)


@dataclass(frozen=True)
class Table:
    """A table whose first column names its rows; ``name`` finds the caption that explains it (none
    where that of a figure does).

    ``source`` is the key of the files that its numbers come from (``origins``), with names of ``where`` in braces;
    ``where`` of the table, of each column (``heads``, None where numbers are from elsewhere) and of each line together
    say which row a number is of. ``by`` are columns to filter by; ``anchor`` is what ids of lines begin with, if
    they have any.
    """

    name: str
    title: str
    columns: list[str]
    rows: list[list[Cell]]
    source: str = ""
    where: Where = field(default_factory=dict)
    heads: Sequence[Where | None] = ()
    by: Sequence[str] = ()
    anchor: str = ""

    def head(self, column: int) -> Where | None:
        """What all numbers of a column share; None where they are not from ``source``."""
        return self.heads[column] if column < len(self.heads) else {}

    def key(self, line: int, column: int) -> str:
        """``source`` of a number, cut off before the first name that nothing tells; "" where it has none."""
        head = self.head(column)
        if head is None or not self.rows[line][column].is_number:
            return ""
        known = {**self.where, **head, **self.rows[line][0].where}
        parts: list[str] = []
        for part in self.source.split("/"):
            name = part.strip("{}")
            if name != part and name not in known:
                break
            parts.append(known[name] if name != part else part)
        return "/".join(parts)


def between(low: Real, high: Real, write: Format) -> str:
    """An interval in words; nothing where an end is missing."""
    return "" if MISSING in (texts := (write(low), write(high))) else interval(*texts)


def bounds(low: Real, high: Real) -> Bounds | None:
    """An interval in numbers; none where an end is missing."""
    ends = number(low), number(high)
    return ends if ends[0] == ends[0] and ends[1] == ends[1] else None
