"""Tab-separated text, plain, .gz or .zst, with a header or by position. A quote is a character like any other."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crosstalk.config.data import Benchmark, Source
from crosstalk.corpora.columns import read_places
from crosstalk.corpora.lines import read_lines
from crosstalk.corpora.patterns import Place, places
from crosstalk.errors import CrosstalkError, nearest


def files(source: Source, benchmark: Benchmark, root: Path) -> list[Path]:
    """Files to read."""
    return list(dict.fromkeys(place.path for place in places(source, benchmark, root)))


def read(source: Source, benchmark: Benchmark, root: Path) -> pa.Table:
    """Sentences of every file; blank lines are left out.

    Raises CrosstalkError that names the file and line with another number of columns than the first line has.
    """
    return read_places(places(source, benchmark, root), partial(_read, header=source.header), source, benchmark)


def _read(place: Place, columns: dict[str, str], header: bool) -> pa.Table:
    lines = read_lines(place.path)
    numbers = np.flatnonzero(pc.not_equal(lines, "").to_numpy()) + 1
    fields = pc.split_pattern(lines.filter(pc.not_equal(lines, "")), "\t")
    if not len(fields):
        return pa.table({name: pa.array([], pa.string()) for name in columns})
    first = fields[0].as_py()
    widths = pc.list_value_length(fields).to_numpy()
    if len(odd := np.flatnonzero(widths != len(first))):
        raise CrosstalkError(
            f"{place.path}:{numbers[odd[0]]}: {widths[odd[0]]} columns; expected {len(first)}, as in line {numbers[0]}"
        )
    positions = {
        ours: _named(theirs, ours, first, place.path) if header else _position(theirs, ours, len(first), place.path)
        for ours, theirs in columns.items()
    }
    rows = fields.slice(1) if header else fields
    return pa.table({ours: pc.list_element(rows, position) for ours, position in positions.items()})


def _named(theirs: str, ours: str, names: list[str], path: Path) -> int:
    if theirs not in names:
        raise CrosstalkError(
            f"{path}: column {theirs!r} is missing from its first line{nearest(theirs, names)}; name the one for "
            f"{ours!r} under columns, or set header to false when the first line is data"
        )
    return names.index(theirs)


def _position(theirs: str, ours: str, width: int, path: Path) -> int:
    if not (theirs.isascii() and theirs.isdigit() and int(theirs) < width):
        raise CrosstalkError(
            f"{path}: columns.{ours} is {theirs!r}; without a header expected a position from 0 to {width - 1}"
        )
    return int(theirs)
