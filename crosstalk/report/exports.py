"""The tables of the page as files: CSV with every digit, and LaTeX."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from crosstalk.artefacts import whole_folder
from crosstalk.report.latex import latex
from crosstalk.report.section import Chapter
from crosstalk.report.table import Cell, Table


def save_tables(tables: Iterable[tuple[str, Table]], folder: str | Path) -> None:
    """Write every table as ``{name}.csv`` and ``{name}.tex``, all or none."""
    with whole_folder(folder) as part:
        for name, table in tables:
            with (part / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(rows(table))
            (part / f"{name}.tex").write_text(latex(table), encoding="utf-8")


def rows(table: Table) -> Iterator[list[str | float]]:
    """Headings and lines: numbers with every digit; ends of their intervals, and notes, in columns of their own."""
    extra: list[list[str]] = []
    for place in range(len(table.columns)):
        cells = [line[place] for line in table.rows]
        kinds = ["low", "high"] * any(cell.bounds for cell in cells)
        kinds += ["null low", "null high"] * any(cell.null for cell in cells)
        kinds += ["note"] * any(cell.note for cell in cells)
        extra.append(kinds)
    yield [
        name
        for column, kinds in zip(table.columns, extra, strict=True)
        for name in (column, *(f"{column}, {kind}" for kind in kinds))
    ]
    for line in table.rows:
        yield [
            value
            for cell, kinds in zip(line, extra, strict=True)
            for value in (_value(cell), *(_more(cell, kind) for kind in kinds))
        ]


def _value(cell: Cell) -> str | float:
    return cell.sort if cell.is_number and cell.sort is not None else cell.text


def _more(cell: Cell, kind: str) -> str | float:
    if kind == "note":
        return cell.note
    ends = cell.null if kind.startswith("null") else cell.bounds
    return "" if ends is None else ends[kind.endswith("high")]


def named(chapters: Iterable[Chapter], more: Iterable[Table]) -> Iterator[tuple[str, Table]]:
    """Each table of the chapters, and ``more``, with a name that is its alone: of its chapter and its title."""
    taken: set[str] = set()
    owned = [
        (chapter.title, table)
        for chapter in chapters
        for section in chapter.sections
        for table in (*section.tables, *section.folded)
    ]
    for owner, table in (*owned, *(("all", table) for table in more)):
        name = plain = f"{_plain(owner)}.{_plain(table.title)}"
        number = 1
        while name in taken:
            number += 1
            name = f"{plain}-{number}"
        taken.add(name)
        yield name, table


def _plain(text: str) -> str:
    told = re.sub(r"\(.*?\)", "", text.lower()).removeprefix("the ").replace("γ", "gamma")
    return re.sub(r"[^a-z0-9]+", "-", told).strip("-")[:80] or "table"
