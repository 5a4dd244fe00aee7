"""Parquet files: one, or one for each {language}, {split} or pair ({src}, {tgt})."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from crosstalk.artefacts import read_table
from crosstalk.config.data import Benchmark, Source
from crosstalk.corpora.columns import read_places
from crosstalk.corpora.patterns import Place, places
from crosstalk.errors import CrosstalkError, nearest


def files(source: Source, benchmark: Benchmark, root: Path) -> list[Path]:
    """Files to read."""
    return list(dict.fromkeys(place.path for place in places(source, benchmark, root)))


def read(source: Source, benchmark: Benchmark, root: Path) -> pa.Table:
    """Sentences of every file; CrosstalkError names a missing column and the nearest one the file has."""
    return read_places(places(source, benchmark, root), _read, source, benchmark)


def _read(place: Place, columns: dict[str, str]) -> pa.Table:
    read_table(place.path, columns=[])  # refuses what is no Parquet file before its schema is asked for
    known = pq.read_schema(place.path).names
    for ours, theirs in columns.items():
        if theirs not in known:
            advice = ", or say which split all rows are under split" if ours == "split" else ""
            raise CrosstalkError(
                f"{place.path}: column {theirs!r} is missing{nearest(theirs, known)}; "
                f"name the one for {ours!r} under columns{advice}"
            )
    table = read_table(place.path, columns=list(dict.fromkeys(columns.values())))
    return pa.table({ours: table[theirs] for ours, theirs in columns.items()})
