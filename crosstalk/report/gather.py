"""From the files of a run to what the report shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from crosstalk.artefacts import CURVE, GAMMA, HYPOTHESES, PARTITION, PROFILE, SCORES, SETS, TRUTH, read_table
from crosstalk.report.data import Benchmark

Files = Mapping[tuple[str, str], str | Path]
"""(benchmark, name) -> file."""

_SETS = 5
"""Equivalence sets of each language that are read for the page."""


def gather(benchmarks: list[str], scores: str | Path, files: Mapping[str, Files]) -> dict[str, Benchmark]:
    """Tables of each benchmark from ``files``: kind of table -> its files; kinds are the fields of ``Benchmark``.

    Raises CrosstalkError when a file is damaged.
    """
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
            curves=of(benchmark, "curves", CURVE),
            sets=pa.concat_tables(sets) if sets else None,
            hypotheses=of(benchmark, "hypotheses", HYPOTHESES),
            truth=next(iter(truth.values()), None),
        )
    return found


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
