"""Where the numbers of a report come from."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Any

import pandas as pd

from crosstalk.report.data import ReportData, frame, records
from crosstalk.report.matrix_data import HASHES
from crosstalk.report.origin import REMAKE, Origin
from crosstalk.report.table import Cell, Table

_SCORES = "results/nmt/{benchmark}/{seed}/{method}/scores.parquet"
_CAPTIONS = "results/multimodal/scores.parquet"
_CLASSIFIED = "results/downstream/scores.parquet"
_CELLS = "results/matrix/interference.parquet"
_FEW = 3
"""Hashes of runs that are told one by one."""
ANCHOR = "from-"
"""What ids of rows of ``origins_table`` begin with."""


def origins(data: ReportData) -> list[Origin]:
    """Of all numbers on the page: those that rows tell themselves, then ``data.origins``."""
    found: list[Origin] = []
    for name, benchmark in data.benchmarks.items():
        found += _scores(frame(benchmark.scores), f"scores/{name}", _SCORES)
    if data.multimodal is not None:
        for captioned, rows in data.multimodal.scores.groupby("benchmark", sort=False):
            found += _scores(rows, f"images/{captioned}", _CAPTIONS)
    if data.downstream is not None:
        for task, rows in data.downstream.scores.groupby("benchmark", sort=False):
            found += _scores(rows, f"classified/{task}", _CLASSIFIED)
    if data.matrix is not None:
        found += _cells(data.matrix.hashes)
    return [*found, *data.origins]


def origins_table(found: list[Origin]) -> Table | None:
    """Every file that numbers on the page were read from, a row each."""
    if not found:
        return None
    body = [
        [
            Cell(origin.file),
            Cell(origin.configuration),
            Cell(origin.data, "its own contents" if origin.own else ""),
            Cell(origin.commit),
            Cell(origin.command),
        ]
        for origin in found
    ]
    columns = ["File", "Configuration", "Data", "Commit", "Made again by"]
    return Table("origins", "Files that the numbers were read from", columns, body, anchor=ANCHOR)


def anchors(found: list[Origin]) -> dict[str, str]:
    """Key, and every beginning of it that ends before a slash -> the id of its first row in ``origins_table``."""
    places: dict[str, str] = {}
    for place, origin in enumerate(found, 1):
        parts = origin.key.split("/")
        for end in range(1, len(parts) + 1):
            places.setdefault("/".join(parts[:end]), f"{ANCHOR}{place}")
    return places


def known(data: ReportData, found: list[Origin]) -> dict[str, Any]:
    """What the page's script tells of a number: every origin, what the runs of the matrix depend on, signatures."""
    return {
        "remake": REMAKE,
        "origins": [
            {
                "key": origin.key,
                "file": origin.file,
                "quoted": shlex.quote(origin.file),
                "configuration": origin.configuration,
                "data": origin.data,
                "commit": origin.commit,
                "own": origin.own,
            }
            for origin in found
        ],
        "runs": [] if data.matrix is None else data.matrix.hashes,
        "signatures": signatures(data),
    }


def signatures(data: ReportData) -> dict[str, dict[str, str]]:
    """Benchmark -> metric -> the signature that computes it again."""
    tables = {name: frame(benchmark.scores) for name, benchmark in data.benchmarks.items()}
    found: dict[str, dict[str, str]] = {}
    for name, rows in tables.items():
        if not rows.empty:
            known = rows.loc[rows["signature"].fillna("") != "", ["metric", "signature"]].drop_duplicates("metric")
            found[name] = dict(known.itertuples(index=False, name=None))
    return found


def _scores(rows: pd.DataFrame, key: str, file: str) -> Iterable[Origin]:
    if rows.empty:
        return []
    columns = ["benchmark", "method", "seed", *HASHES]
    known = rows[columns].drop_duplicates().sort_values(["method", "seed"], kind="stable")
    found = []
    for row in records(known):
        configuration, data, commit = (row[name] or "" for name in HASHES)
        found.append(Origin(f"{key}/{row['method']}/{row['seed']}", file.format(**row), configuration, data, commit))
    return found


def _cells(hashes: list[tuple[str, str, str]]) -> list[Origin]:
    """Of the cells of the matrix, whose runs tell what they depend on."""

    def told(place: int, column: str) -> str:
        values = sorted({row[place] for row in hashes})
        many = f"{len(values)} values, in the column {column} of results/matrix/blocks/"
        return ", ".join(values) if len(values) <= _FEW else many

    if not hashes:
        return []
    configuration, data, commit = (told(place, name) for place, name in enumerate(HASHES))
    return [Origin("cells", _CELLS, configuration, data, commit)]
