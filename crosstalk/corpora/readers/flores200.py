"""FLORES-200 (NLLB Team 2022) as its archive unpacks: ``flores200_dataset/{dev,devtest}/{language}.{dev,devtest}``.

devtest is read as the split ``test`` unless ``splits`` says otherwise.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from crosstalk.config.data import Benchmark, Source
from crosstalk.corpora import alignment
from crosstalk.corpora.alignment import Group
from crosstalk.corpora.languages import codes, languages

SPLITS = {"dev": "dev", "test": "devtest"}


def groups(source: Source, benchmark: Benchmark, root: Path) -> list[Group]:
    """One group of all languages for each split."""
    theirs = codes(source, benchmark)
    folder = root / (source.path or "flores200_dataset")
    return [
        Group(split, {code: folder / its / f"{theirs[code]}.{its}" for code in languages(source, benchmark)})
        for split, its in (source.splits or SPLITS).items()
    ]


def files(source: Source, benchmark: Benchmark, root: Path) -> list[Path]:
    """Files to read."""
    return alignment.files(groups(source, benchmark, root))


def read(source: Source, benchmark: Benchmark, root: Path) -> pa.Table:
    """Sentences of every language; the same line in all of them shares an id."""
    return alignment.read_groups(groups(source, benchmark, root), source, benchmark)
