"""Line-aligned files: line n of each file of a group is a translation of line n of the others."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from crosstalk.config.data import Benchmark, Source
from crosstalk.corpora.lines import read_lines
from crosstalk.corpora.sentences import empty, numbered, sample, sentences
from crosstalk.errors import CrosstalkError


class Group(NamedTuple):
    """Files aligned with each other: a pair, or all languages of a multi-parallel corpus."""

    split: str
    files: dict[str, Path]
    pair: tuple[str, str] | None = None

    @property
    def label(self) -> str:
        """What sets its sentence ids apart from those of other groups of the source."""
        return f"{self.split}.{self.pair[0]}-{self.pair[1]}" if self.pair else self.split


def files(groups: list[Group]) -> list[Path]:
    """Every file of the groups, once."""
    return list(dict.fromkeys(path for group in groups for path in group.files.values()))


def read_groups(groups: list[Group], source: Source, benchmark: Benchmark) -> pa.Table:
    """Sentences of the groups with ids ``{name}:{label}.{line}``, lines from 1.

    Raises CrosstalkError that names two files of a group and their numbers of lines where these differ.
    """
    tables = [empty()]
    for group in groups:
        texts = {language: read_lines(path) for language, path in group.files.items()}
        first, *others = group.files
        for other in others:
            if len(texts[first]) != len(texts[other]):
                raise CrosstalkError(
                    f"{group.files[first]} has {len(texts[first])} lines and {group.files[other]} has "
                    f"{len(texts[other])}; aligned files must have the same number"
                )
        ids = numbered(f"{source.name}:{group.label}.", len(texts[first]))
        mask = pa.array(sample(ids, np.zeros(len(ids), dtype=np.int64), source.max_sentences, benchmark.seed))
        for language, text in texts.items():
            tables.append(sentences(ids.filter(mask), language, group.split, text.filter(mask)))
    return pa.concat_tables(tables)
