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
from crosstalk.errors import CrosstalkError


def _reader(source: Source) -> ModuleType:
    return import_module(f"crosstalk.corpora.readers.{source.reader}")


def files(source: Source, benchmark: Benchmark, root: Path) -> list[Path]:
    """Input files of a source below ``root`` (data_dir, or where its downloads lie); none of them is touched."""
    found: list[Path] = _reader(source).files(source, benchmark, Path(root))
    return found


def read(source: Source, benchmark: Benchmark, root: Path) -> pa.Table:
    """Sentences of a source (schema SENTENCES), as they stand in its files; ids are ``{source.name}:{id}``.

    Raises CrosstalkError when a file is missing, damaged or misaligned, or a language named by the source has no rows.
    """
    root = Path(root)
    expected = files(source, benchmark, root)
    if missing := [path for path in expected if not path.is_file()]:
        raise CrosstalkError(
            f"{missing[0]}: no such file ({len(missing)} of the {len(expected)} of source {source.name!r} are missing); "
            f"expected below {root}, so data_dir may be wrong, or the source lacks a language, pair or split that its "
            "languages, pairs or splits should then leave out"
        )
    table: pa.Table = _reader(source).read(source, benchmark, root).cast(SENTENCES)
    present = set(pc.unique(table["language"]).to_pylist())
    for language in source.languages or []:
        if language not in present:
            raise CrosstalkError(
                f"source {source.name!r} has no sentences of {language!r} in {_place(expected)}; check the name that "
                "its files use for this language (codes) and their splits"
            )
    if not table.num_rows:
        raise CrosstalkError(f"source {source.name!r} has no sentences of the benchmark's languages in {_place(expected)}")
    return table


def _place(expected: list[Path]) -> str:
    return str(expected[0]) + (f" and {len(expected) - 1} more files" if len(expected) > 1 else "")
