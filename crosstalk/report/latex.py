"""A table as LaTeX, for papers: with booktabs, intervals in small type."""

from __future__ import annotations

import re
from collections.abc import Iterable

from crosstalk.report.table import Cell, Table

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "\u00a0": "~",
    "\u202f": r"\,",
    "−": "$-$",
    "–": "--",
    "→": r"$\to$",
    "γ": r"$\gamma$",
    "ρ": r"$\rho$",
    "×": r"$\times$",
    "·": r"\textperiodcentered{}",
    "“": "``",
    "”": "''",
}  # fmt: skip
_ESCAPES = str.maketrans(_SPECIAL)


def escaped(text: str) -> str:
    """Text as LaTeX sets it, on one line; letters outside Latin need LuaLaTeX or XeLaTeX."""
    return _one_line(text).translate(_ESCAPES)


def _one_line(text: str) -> str:
    return re.sub(r"[\x00-\x1f]+", " ", text)


def latex(table: Table) -> str:
    """A ``tabular`` with the caption as a comment; numbers are set right, with notes in small type."""
    numbers = [any(line[place].is_number for line in table.rows) for place in range(len(table.columns))]
    aligned = "".join("r" if number else "l" for number in numbers)
    return "\n".join(
        [
            f"% {_one_line(table.title)}. Needs \\usepackage{{booktabs}}.",
            rf"\begin{{tabular}}{{{aligned}}}",
            r"\toprule",
            _line(escaped(column) for column in table.columns),
            r"\midrule",
            *(_line(map(_cell, line)) for line in table.rows),
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )


def _cell(cell: Cell) -> str:
    note = rf" {{\scriptsize {escaped(cell.note)}}}" if cell.note else ""
    bold = cell.verdict in ("better", "worse")
    return (rf"\textbf{{{escaped(cell.text)}}}" if bold else escaped(cell.text)) + note


def _line(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"
