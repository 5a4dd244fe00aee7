"""From a benchmark's sources to its corpus: sentences, what was dropped, and how much each pair has."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from crosstalk.config.data import Benchmark, Source
from crosstalk.corpora.clean import clean
from crosstalk.corpora.reader import read
from crosstalk.corpora.sentences import category, hashes
from crosstalk.errors import CrosstalkError, nearest

PAIRS = pa.schema([("src", pa.string()), ("tgt", pa.string()), ("split", pa.string()), ("count", pa.int64())])
"""Sentences of each direction and split that are aligned with a translation; directions without any have no row."""

Tier = Literal["high", "medium", "low"]


class Corpus(NamedTuple):
    """A benchmark's sentences (SENTENCES), rows kept and dropped (COUNTS), and aligned pairs by direction (PAIRS)."""

    sentences: pa.Table
    counts: pa.Table
    pairs: pa.Table


def build(benchmark: Benchmark, root_of: Callable[[Source], Path], translated: bool = True) -> Corpus:
    """Read every source below ``root_of(source)``, clean the whole and check that it can be trained and tested on.

    A corpus that is not ``translated`` needs no pairs with the pivot. Raises what ``read`` and ``assemble`` raise.
    """
    tables = (read(source, benchmark, root_of(source)) for source in benchmark.sources)
    return assemble(benchmark, tables, translated)


def assemble(benchmark: Benchmark, tables: Iterable[pa.Table], translated: bool = True) -> Corpus:
    """Clean the tables of all sources (SENTENCES) together, in their order.

    Raises CrosstalkError when a language has no sentence, or, of a corpus that is ``translated``, no training pair
    with the pivot, or when no language has a dev split or one of the benchmark's tests with the pivot.
    """
    sentences, counts = clean(pa.concat_tables(tables), benchmark)
    corpus = Corpus(sentences, counts, count_pairs(sentences))
    _check(corpus, benchmark, translated)
    return corpus


def count_pairs(table: pa.Table) -> pa.Table:
    """Ids that two languages share, by direction and split (schema PAIRS); both directions of a pair are listed."""
    languages, names = category(table["language"])
    splits, split_names = category(table["split"])
    ids = np.unique(hashes(table["sentence_id"]), return_inverse=True)[1]
    rows: list[tuple[str, str, str, int]] = []
    for code, split in enumerate(split_names):
        inside = splits == code
        ones = np.ones(int(inside.sum()), dtype=np.int64)
        has = sparse.csr_array((ones, (ids[inside], languages[inside])), shape=(ids.max() + 1, len(names)))
        shared = (has.T @ has).toarray()
        for i, j in combinations(range(len(names)), 2):
            if shared[i, j]:
                count = int(shared[i, j])
                rows += [(names[i], names[j], split, count), (names[j], names[i], split, count)]
    columns = zip(*sorted(rows), strict=True) if rows else [[]] * len(PAIRS)
    return pa.table([list(column) for column in columns], schema=PAIRS)


def pairs_with_pivot(pairs: pa.Table, language: str, split: str, benchmark: Benchmark) -> int:
    """Aligned sentences of a language with the pivot in a split."""
    chosen = (pc.field("src") == language) & (pc.field("tgt") == benchmark.pivot) & (pc.field("split") == split)
    return pc.sum(pairs.filter(chosen)["count"]).as_py() or 0


def tier(pairs: pa.Table, language: str, benchmark: Benchmark) -> Tier:
    """Resource tier of a language by its training pairs with the pivot (NRD §4.1.1); the pivot itself has none."""
    if language == benchmark.pivot:
        raise ValueError(f"{language} is the pivot, which has no tier")
    count = pairs_with_pivot(pairs, language, "train", benchmark)
    if count >= benchmark.high_tier:
        return "high"
    return "medium" if count >= benchmark.medium_tier else "low"


def _check(corpus: Corpus, benchmark: Benchmark, translated: bool) -> None:
    sources = ", ".join(repr(source.name) for source in benchmark.sources)
    others = [language for language in benchmark.languages if language != benchmark.pivot]
    present = set(pc.unique(corpus.counts["language"]).to_pylist())
    for language in benchmark.languages:
        if language not in present:
            raise CrosstalkError(
                f"language {language!r} has no sentence in any source ({sources}); take it out of languages"
            )
    if not translated:
        return
    for language in others:
        if not pairs_with_pivot(corpus.pairs, language, "train", benchmark):
            raise CrosstalkError(
                f"language {language!r} has no training pair with {benchmark.pivot!r} in the sources {sources} after "
                f"cleaning ({_dropped(corpus.counts, language)}); give it some or take it out of languages"
            )
    known = pc.unique(corpus.sentences["split"]).to_pylist()
    for split in ["dev", *benchmark.tests]:
        if not any(pairs_with_pivot(corpus.pairs, language, split, benchmark) for language in others):
            advice = "" if split in known else nearest(split, known)
            raise CrosstalkError(
                f"no language has a pair with {benchmark.pivot!r} in the split {split!r} after cleaning; "
                f"expected one from the sources {sources}{advice}"
            )


def _dropped(counts: pa.Table, language: str) -> str:
    """What became of the training sentences of a language, in words."""
    mine = counts.filter((pc.field("language") == language) & (pc.field("split") == "train"))
    by_reason = mine.group_by("reason", use_threads=False).aggregate([("count", "sum")]).to_pylist()
    return ", ".join(f"{row['count_sum']} {row['reason']}" for row in by_reason) or "it has no training sentence"
