"""Line-aligned text files, plain, .gz or .zst, as Moses and OPUS keep them.

With {src} and {tgt} in the path each pair has two files, told apart by {language}; without them one file a language is
aligned with all others.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from crosstalk.config.data import Benchmark, Source
from crosstalk.corpora import alignment
from crosstalk.corpora.alignment import Group
from crosstalk.corpora.patterns import placeholders, places
from crosstalk.errors import CrosstalkError


def groups(source: Source, benchmark: Benchmark, root: Path) -> list[Group]:
    """Files by split and pair."""
    names = placeholders(source)
    if "language" not in names:
        raise CrosstalkError(
            f"source {source.name!r}: path {source.path!r} lacks {{language}}; expected a file for each"
        )
    if "split" not in names and source.split is None:
        raise CrosstalkError(f"source {source.name!r}: path {source.path!r} has no {{split}}; name one under split")
    found: dict[tuple[str, tuple[str, str] | None], Group] = {}
    for place in places(source, benchmark, root):
        assert place.split is not None
        assert place.language is not None
        group = found.setdefault((place.split, place.pair), Group(place.split, {}, place.pair))
        group.files[place.language] = place.path
    return list(found.values())


def files(source: Source, benchmark: Benchmark, root: Path) -> list[Path]:
    """Files to read."""
    return alignment.files(groups(source, benchmark, root))


def read(source: Source, benchmark: Benchmark, root: Path) -> pa.Table:
    """Sentences of every group."""
    return alignment.read_groups(groups(source, benchmark, root), source, benchmark)
