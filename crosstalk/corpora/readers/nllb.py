"""Mined bitext of NLLB as published: ``{a}-{b}.gz`` with FLORES-200 codes in alphabetical order, one pair a line.

Columns, by tabs and without a header: sentence, translation, LASER score, two language-identification scores, and where
each sentence is from; only the first three are read. All pairs are training pairs unless ``split`` says otherwise.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crosstalk.config.data import Benchmark, Source
from crosstalk.corpora.languages import alphabetical, codes, pairs_with_pivot
from crosstalk.corpora.lines import read_lines
from crosstalk.corpora.sentences import empty, numbered, sample, sentences
from crosstalk.errors import CrosstalkError


def _paths(source: Source, benchmark: Benchmark, root: Path) -> dict[tuple[str, str], Path]:
    theirs = codes(source, benchmark)
    pairs = alphabetical(pairs_with_pivot(source, benchmark), theirs)
    return {(a, b): root / source.path / f"{theirs[a]}-{theirs[b]}.gz" for a, b in pairs}


def files(source: Source, benchmark: Benchmark, root: Path) -> list[Path]:
    """Files to read."""
    return list(_paths(source, benchmark, root).values())


def read(source: Source, benchmark: Benchmark, root: Path) -> pa.Table:
    """Sentences of every pair whose LASER score is at least ``min_score``; ids name the line."""
    split = source.split or "train"
    tables = [empty()]
    for pair, path in _paths(source, benchmark, root).items():
        fields = pc.split_pattern(read_lines(path), "\t", max_splits=3)
        wanted = 2 if source.min_score is None else 3
        short = np.flatnonzero(pc.list_value_length(fields).to_numpy() < wanted)
        if len(short):
            raise CrosstalkError(
                f"{path}:{short[0] + 1}: fewer than {wanted} columns; expected sentence, translation, LASER score"
            )
        ids = numbered(f"{source.name}:{pair[0]}-{pair[1]}.", len(fields))
        if source.min_score is not None:
            mask = pa.array(_scores(fields, path) >= source.min_score)
            ids, fields = ids.filter(mask), fields.filter(mask)
        mask = pa.array(sample(ids, np.zeros(len(ids), dtype=np.int64), source.max_sentences, benchmark.seed))
        ids, fields = ids.filter(mask), fields.filter(mask)
        tables += [sentences(ids, code, split, pc.list_element(fields, side)) for side, code in enumerate(pair)]
    return pa.concat_tables(tables)


def _scores(fields: pa.ChunkedArray, path: Path) -> np.ndarray:
    """LASER scores, shape (lines,); NaN where the column is empty."""
    column = pc.list_element(fields, 2)
    try:
        scores: np.ndarray = pc.if_else(pc.equal(column, ""), "nan", column).cast(pa.float64()).to_numpy()
    except pa.ArrowInvalid as error:
        raise CrosstalkError(f"{path}: a LASER score is not a number ({str(error).splitlines()[0]})") from error
    return scores
