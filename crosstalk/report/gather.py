"""From the files of a run to what the report shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from crosstalk.artefacts import (
    CURVE,
    GAMMA,
    HYPOTHESES,
    PARTITION,
    PROFILE,
    SCORES,
    SETS,
    STABILITY,
    TRUTH,
    file_hash,
    read_table,
)
from crosstalk.downstream.schemas import PARTNERS
from crosstalk.errors import CrosstalkError
from crosstalk.matrix import schemas
from crosstalk.matrix.facts import facts
from crosstalk.report.data import Benchmark
from crosstalk.report.downstream_data import Downstream
from crosstalk.report.matrix_data import RUN_COLUMNS, MatrixTables
from crosstalk.report.origin import Origin

Files = Mapping[tuple[str, str], str | Path]
"""(benchmark, name) -> file."""

_SETS = 5
"""Equivalence sets of each language that are read for the page."""

_MATRIX = {
    "interference": schemas.INTERFERENCE,
    "runs": pa.schema([schemas.RUNS.field(name) for name in RUN_COLUMNS]),
    "convergence": schemas.CONVERGENCE,
    "robustness": schemas.ROBUSTNESS,
    "groups": schemas.GROUPS,
    "sharing": schemas.SHARING,
    "asymmetry": schemas.ASYMMETRY,
    "exposure": schemas.EXPOSURE,
    "similarity": schemas.SIMILARITY,
    "advice": schemas.ADVICE,
    "correlation": schemas.CORRELATION,
    "validation": schemas.VALIDATION,
    "held_out": schemas.HELD_OUT,
    "next": schemas.NEXT,
}
_TEXTS = ("sets", "hypotheses")
"""Kinds of tables without numbers."""
_BY_ENCODER = ("similarity", "correlation")


def gather(benchmarks: list[str], scores: str | Path | None, files: Mapping[str, Files]) -> dict[str, Benchmark]:
    """Tables of each benchmark from ``files``: kind of table -> its files; kinds are the fields of ``Benchmark``.

    Without benchmarks ``scores`` is not read. Raises CrosstalkError when a file is damaged.
    """
    if not benchmarks or scores is None:
        return {}
    table = read_table(scores, SCORES)

    def of(benchmark: str, kind: str, schema: pa.Schema) -> dict[str, pa.Table]:
        chosen = {name: path for (owner, name), path in files.get(kind, {}).items() if owner == benchmark}
        return {name: read_table(path, schema) for name, path in chosen.items()}

    found = {}
    for benchmark in benchmarks:
        truth = of(benchmark, "truth", TRUTH)
        sets = [_first_sets(table) for table in of(benchmark, "sets", SETS).values()]
        found[benchmark] = Benchmark(
            scores=table.filter(pc.equal(table["benchmark"], benchmark)),
            corpus=_corpus(files, benchmark),
            gamma=of(benchmark, "gamma", GAMMA),
            profiles=of(benchmark, "profiles", PROFILE),
            partitions=of(benchmark, "partitions", PARTITION),
            stability=of(benchmark, "stability", STABILITY),
            curves=of(benchmark, "curves", CURVE),
            sets=pa.concat_tables(sets) if sets else None,
            hypotheses=of(benchmark, "hypotheses", HYPOTHESES),
            truth=next(iter(truth.values()), None),
        )
    return found


def gather_matrix(files: Mapping[str, str | Path]) -> MatrixTables:
    """Tables of part 2 from name -> file; names are fields of ``MatrixTables``, any of which may be left out.

    A name can end in what tells its file from others: ``runs.{block}`` are put below each other,
    ``similarity.{encoder}`` and ``correlation.{encoder}`` are shown beside each other. Raises CrosstalkError when a
    name is none of them or a file is damaged.
    """
    found: dict[str, dict[str, pa.Table]] = {}
    for key, path in files.items():
        name, _, detail = key.partition(".")
        if name not in _MATRIX:
            raise CrosstalkError(f"report: no table {key!r} of the matrix; expected one of {', '.join(_MATRIX)}")
        schema = _MATRIX[name]
        columns = list(schema.names) if name == "runs" else None
        found.setdefault(name, {})[detail or "encoder"] = read_table(path, schema, columns)
    encoders = {name: found.pop(name, {}) for name in _BY_ENCODER}
    tables = MatrixTables(**encoders, **{name: pa.concat_tables(parts.values()) for name, parts in found.items()})
    known = pa.Table.from_pandas(facts(tables.languages), preserve_index=False) if tables.languages else None
    return dataclasses.replace(tables, facts=known)


def gather_downstream(
    scores: str, partners: str, curves: list[tuple[str, int, str]], papers: Mapping[str, str]
) -> Downstream:
    """Read the files of the downstream evaluation. Raises CrosstalkError when one is damaged."""
    return Downstream(
        read_table(scores, SCORES).to_pandas(),
        read_table(partners, PARTNERS).to_pandas(),
        {(mixture, seed): read_table(file, CURVE).to_pandas() for mixture, seed, file in curves},
        papers,
    )


def file_origins(
    files: Mapping[str, Mapping[tuple[str, str], str | Path]],
    matrix: Mapping[str, str | Path],
    multimodal: Mapping[str, Any],
    downstream: Mapping[str, Any],
    configuration: str,
    commit: str,
) -> list[Origin]:
    """Origins of the tables that numbers of the page are read from.

    ``files``: kind -> (benchmark, name) -> file; ``matrix``: name -> file; ``multimodal``: kind -> benchmark -> file;
    ``downstream`` as ``gather_downstream`` takes it.
    ``configuration`` and ``commit`` are those that the report is made with. Files that are not there are left out.
    """
    found = {
        f"{kind}/{owner}/{name}": file
        for kind, named in files.items()
        if kind not in _TEXTS
        for (owner, name), file in named.items()
    }
    found |= {
        f"matrix/{name.replace('.', '/', 1)}": file for name, file in matrix.items() if not name.startswith("runs.")
    }
    found |= {f"layers/{owner}": file for owner, file in multimodal.get("layers", {}).items()}
    if downstream:
        found["partners"] = downstream["partners"]
        found |= {f"mixture/{name}/{seed}": file for name, seed, file in downstream["curves"]}
    return [
        Origin(key, str(file), configuration, file_hash(file)[:12], commit, own=True)
        for key, file in found.items()
        if Path(file).is_file()
    ]


def _first_sets(sets: pa.Table) -> pa.Table:
    chosen = np.unique(sets["set_id"].to_numpy())[:_SETS]
    return sets.filter(pc.is_in(sets["set_id"], pa.array(chosen)))


def _corpus(files: Mapping[str, Files], benchmark: str) -> pa.Table:
    """A row per language: sentences of each split, sentences dropped for each reason."""
    counts = read_table(files["corpus"][(benchmark, "counts")]).to_pandas()
    kept = counts[counts["reason"] == "kept"].pivot_table(
        index="language", columns="split", values="count", aggfunc="sum"
    )
    dropped = counts[counts["reason"] != "kept"].assign(reason=lambda rows: "dropped: " + rows["reason"])
    lost = dropped.pivot_table(index="language", columns="reason", values="count", aggfunc="sum")
    lost = lost.loc[:, lost.sum() > 0]
    rows = pd.concat([kept, lost], axis=1).fillna(0).astype(int)
    return pa.Table.from_pandas(rows.reset_index(names="language"), preserve_index=False)
