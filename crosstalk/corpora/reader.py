"""Read one source of a benchmark with the reader it names: a module of ``crosstalk.corpora.readers``.

A reader is a module with two functions: ``files(source, benchmark, root)``, the input files by configuration alone, and
``read(source, benchmark, root)``, the sentences in them.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.compute as pc

from crosstalk.artefacts import SENTENCES
from crosstalk.config.data import Benchmark, Source
from crosstalk.corpora.archives import unpacked
from crosstalk.errors import CrosstalkError


def _reader(source: Source) -> ModuleType:
    return import_module(f"crosstalk.corpora.readers.{source.reader}")


def files(source: Source, benchmark: Benchmark, root: Path) -> list[Path]:
    """Input files of a source below ``root`` (data_dir, or what its downloads hold); none of them is touched."""
    found: list[Path] = _reader(source).files(source, benchmark, Path(root))
    return found


def read(source: Source, benchmark: Benchmark, root: Path) -> pa.Table:
    """Sentences of a source (schema SENTENCES), as they stand in its files; ids are ``{source.name}:{id}``.

    ``root`` is where relative paths start: data_dir, or the folder of its downloads, whose archives are unpacked.
    Raises CrosstalkError when a file is missing, damaged or misaligned, or a language named by the source has no rows.
    """
    with unpacked(source, Path(root)) as folder:
        expected = files(source, benchmark, folder)
        if missing := [path for path in expected if not path.is_file()]:
            raise CrosstalkError(
                f"{missing[0]}: no such file, nor {len(missing) - 1} more of the {len(expected)} that source "
                f"{source.name!r} should have; data_dir may be wrong, or its languages, pairs and splits should leave "
                "out what it lacks"
            )
        table: pa.Table = _reader(source).read(source, benchmark, folder).cast(SENTENCES)
    _check(table, source, str(expected[0]) + (f" and {len(expected) - 1} more files" if len(expected) > 1 else ""))
    return table


def _check(table: pa.Table, source: Source, place: str) -> None:
    present = set(pc.unique(table["language"]).to_pylist())
    for language in source.languages or []:
        if language not in present:
            raise CrosstalkError(
                f"source {source.name!r} has no sentences of {language!r} in {place}; check the name that its files "
                "use for this language (codes) and their splits"
            )
    if not present:
        raise CrosstalkError(f"source {source.name!r} has no sentences of the benchmark's languages in {place}")
