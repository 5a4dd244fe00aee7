"""Tables of the mixes of languages that are advised."""

from __future__ import annotations

import pandas as pd

from crosstalk.report.data import frame, records
from crosstalk.report.matrix_data import MatrixTables
from crosstalk.report.numbers import percent
from crosstalk.report.table import Cell, Table, between, bounds

_SOURCE = "matrix/advice"
_OF = {"worst": "of the language that is worst off", "mean": "on average over its languages"}


def mix_table(tables: MatrixTables) -> Table | None:
    """A line for each mix, the best first."""
    rows = frame(tables.advice)
    if rows.empty:
        return None
    body = []
    for rank, mix in rows.groupby("rank"):
        first, worst = mix.iloc[0], mix.iloc[int(mix["interference"].argmin())]
        names = ", ".join(map(tables.name, first["mix"]))
        told = "" if first["measured"] == 1 else f"{percent(first['measured'], 0)} of its cells measured"
        body.append(
            [
                Cell(names, told, where={"rank": str(rank)}),
                _cell(first["expected"], first["expected_low"], first["expected_high"]),
                _cell(mix["interference"].mean()),
                Cell(tables.name(worst["language"])),
            ]
        )
    columns = ["Mix", "Expected interference", "Mean", "Worst off"]
    title = f"Mixes by the expected interference {_OF[rows['objective'].iloc[0]]}"
    return Table("matrix_mixes", title, columns, body, _SOURCE)


def language_table(tables: MatrixTables) -> Table | None:
    """What each language of the best mix suffers and costs."""
    rows = frame(tables.advice)
    rows = rows[rows["rank"] == 1] if len(rows) else rows
    if rows.empty:
        return None
    body = [
        [
            Cell(tables.name(row["language"]), "kept" if row["kept"] else "", where={"language": row["language"]}),
            _cell(row["interference"], row["ci_low"], row["ci_high"]),
            _cell(row["costs_others"]),
            _cell(row["without"]),
        ]
        for row in records(rows)
    ]
    columns = ["Language", "Suffers", "Costs the others", "The mix without it"]
    return Table("matrix_mix", "The best mix, language by language", columns, body, _SOURCE, {"rank": "1"})


def _cell(value: float, low: float | None = None, high: float | None = None) -> Cell:
    if pd.isna(low) or pd.isna(high):
        return Cell(percent(value), sort=value)
    return Cell(percent(value), between(low, high, percent), value, bounds=bounds(low, high))
