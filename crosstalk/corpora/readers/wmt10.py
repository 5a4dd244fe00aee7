"""WMT-10 (Wang et al. 2020): ten languages with English from the WMT tasks of several years.

No archive of it is published. The layout is that of multilingual fairseq: ``{split}.{src}-{tgt}.{language}`` in one
folder, two-letter codes, English first, splits train, valid and test, as ``train.en-de.de``.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from crosstalk.config.data import Benchmark, Source
from crosstalk.corpora import alignment
from crosstalk.corpora.alignment import Group
from crosstalk.corpora.languages import codes, opus100_table, pairs_with_pivot

SPLITS = {"train": "train", "dev": "valid", "test": "test"}


def groups(source: Source, benchmark: Benchmark, root: Path) -> list[Group]:
    """Files by split and pair."""
    theirs = codes(source, benchmark, {language: code for language, (code, _) in opus100_table().items()})
    folder = root / source.path
    found = []
    for pair in pairs_with_pivot(source, benchmark):
        name = "-".join(theirs[language] for language in pair)
        for split, its_split in (source.splits or SPLITS).items():
            paths = {language: folder / f"{its_split}.{name}.{theirs[language]}" for language in pair}
            found.append(Group(split, paths, pair))
    return found


def files(source: Source, benchmark: Benchmark, root: Path) -> list[Path]:
    """Files to read."""
    return alignment.files(groups(source, benchmark, root))


def read(source: Source, benchmark: Benchmark, root: Path) -> pa.Table:
    """Sentences of every pair."""
    return alignment.read_groups(groups(source, benchmark, root), source, benchmark)
