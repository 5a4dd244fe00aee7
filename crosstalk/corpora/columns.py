"""Rows of a table, in its own column names and codes, to sentences: the two forms of parquet and tsv sources.

parallel: a row is a sentence and rows share ids. pairs: a row is a sentence and its translation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crosstalk.config.data import Benchmark, Source
from crosstalk.corpora.languages import codes, languages
from crosstalk.corpora.patterns import Place
from crosstalk.corpora.sentences import category, empty, hashes, numbered, sample, sentences
from crosstalk.errors import CrosstalkError, nearest

COLUMNS = {
    "parallel": ("sentence_id", "language", "split", "text"),
    "pairs": ("src_lang", "tgt_lang", "src", "tgt", "split"),
}
Reading = Callable[[Place, dict[str, str]], pa.Table]
"""Reads a file's columns: the place and our name -> the file's name give a table that has our names."""


def needed(source: Source, place: Place) -> dict[str, str]:
    """Columns that a file must have, our name -> its name; what its path or ``split`` says is not needed.

    Raises CrosstalkError when ``columns`` has a name that the form does not.
    """
    known = COLUMNS[source.form]
    for name in source.columns:
        if name not in known:
            raise CrosstalkError(
                f"source {source.name!r}: columns names {name!r}, which form {source.form!r} does not have"
                f"{nearest(name, known)}"
            )
    given = {"language": place.language, "src_lang": place.pair, "tgt_lang": place.pair, "split": place.split}
    return {name: source.columns.get(name, name) for name in known if given.get(name) is None}


def read_places(places: Iterable[Place], reading: Reading, source: Source, benchmark: Benchmark) -> pa.Table:
    """Sentences of all files of a source.

    Raises CrosstalkError for a column that is no text, a null where a value is needed and an id in two splits.
    """
    form = _parallel if source.form == "parallel" else _pairs
    tables = [empty()]
    for place in places:
        wanted = needed(source, place)
        raw = reading(place, wanted)
        tables.append(form(_as_text(raw, place, wanted), place, source, benchmark))
    table = pa.concat_tables(tables)
    if source.form == "parallel":
        _check_ids(table, source)
        table = _sampled(table, table["sentence_id"], ["language", "split"], source, benchmark)
    return table


def _as_text(raw: pa.Table, place: Place, wanted: dict[str, str]) -> pa.Table:
    columns = {}
    for name in wanted:
        try:
            column = raw[name].cast(pa.string())
        except pa.ArrowException as error:
            reason = f"is {raw.schema.field(name).type}, not text"
            raise CrosstalkError(f"{place.path}: column {wanted[name]!r} {reason}; expected strings") from error
        if name in ("text", "src", "tgt"):
            column = column.fill_null("")
        elif column.null_count:
            row = pc.index(column.is_null(), True).as_py() + 1
            raise CrosstalkError(
                f"{place.path}: column {wanted[name]!r} is null in row {row}; expected a value in each row"
            )
        columns[name] = column
    return pa.table(columns)


def _ours(column: pa.ChunkedArray, theirs: dict[str, str]) -> pa.ChunkedArray:
    """The files' names in our names; null for one that is not asked for."""
    found = pc.index_in(column, value_set=pa.array(list(theirs.values()), pa.string()))
    return pa.chunked_array([pa.array(list(theirs), pa.string()).take(chunk) for chunk in found.chunks], pa.string())


def _splits(table: pa.Table, place: Place, source: Source) -> pa.Table:
    """The split column filled in or translated; rows of splits that are not asked for are gone."""
    if place.split is not None:
        return table.append_column("split", pa.repeat(pa.scalar(place.split), len(table)))
    if not source.splits:
        return table
    return _with(table, "split", _ours(table["split"], source.splits)).filter(pc.field("split").is_valid())


def _with(table: pa.Table, name: str, column: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, column)


def _parallel(table: pa.Table, place: Place, source: Source, benchmark: Benchmark) -> pa.Table:
    table = _splits(table, place, source)
    if place.language is None:
        theirs = {code: its for code, its in codes(source, benchmark).items() if code in languages(source, benchmark)}
        table = _with(table, "language", _ours(table["language"], theirs)).filter(pc.field("language").is_valid())
    prefix = f"{source.name}:" + (f"{place.split}." if "{split}" in source.path else "")
    ids = pc.binary_join_element_wise(prefix, table["sentence_id"], "")
    return sentences(ids, place.language or table["language"], table["split"], table["text"])


def _pairs(table: pa.Table, place: Place, source: Source, benchmark: Benchmark) -> pa.Table:
    prefix = f"{source.name}:"
    if "{split}" in source.path:
        prefix += f"{place.split}."
    if place.pair is not None:
        prefix += f"{place.pair[0]}-{place.pair[1]}."
    table = _splits(table.append_column("sentence_id", numbered(prefix, len(table))), place, source)
    if place.pair is None:
        theirs = codes(source, benchmark)
        for name in ("src_lang", "tgt_lang"):
            table = _with(table, name, _ours(table[name], theirs))
        table = table.filter(pc.field("src_lang").is_valid() & pc.field("tgt_lang").is_valid())
        table = table.filter(_asked_for(table, source, benchmark))
        table = _sampled(table, table["sentence_id"], ["src_lang", "tgt_lang", "split"], source, benchmark)
        src, tgt = table["src_lang"], table["tgt_lang"]
    else:
        table = _sampled(table, table["sentence_id"], ["split"], source, benchmark)
        src, tgt = place.pair
    return pa.concat_tables(
        [
            sentences(table["sentence_id"], src, table["split"], table["src"]),
            sentences(table["sentence_id"], tgt, table["split"], table["tgt"]),
        ]
    )


def _asked_for(table: pa.Table, source: Source, benchmark: Benchmark) -> pa.ChunkedArray:
    """Mask of the pairs in ``pairs``; without it those with the pivot, and in tests those between other languages."""
    src, tgt = table["src_lang"], table["tgt_lang"]
    if source.pairs is not None:
        joined = pc.binary_join_element_wise(src, tgt, " ")
        known = [f"{a} {b}" for one, other in source.pairs for a, b in ((one, other), (other, one))]
        return pc.is_in(joined, value_set=pa.array(known, pa.string()))
    mine = pa.array([*languages(source, benchmark), benchmark.pivot])
    with_pivot = pc.or_(pc.equal(src, benchmark.pivot), pc.equal(tgt, benchmark.pivot))
    tested = pc.invert(pc.is_in(table["split"], value_set=pa.array(["train", "dev"])))
    mask = pc.and_(pc.is_in(src, value_set=mine), pc.is_in(tgt, value_set=mine))
    mask = pc.and_(mask, pc.not_equal(src, tgt))
    return pc.and_(mask, pc.or_(with_pivot, tested))


def _sampled(table: pa.Table, ids: pa.ChunkedArray, by: list[str], source: Source, benchmark: Benchmark) -> pa.Table:
    if source.max_sentences is None or not len(table):
        return table
    groups = np.zeros(len(table), dtype=np.int64)
    for name in by:
        values, distinct = category(table[name])
        groups = groups * len(distinct) + values
    return table.filter(pa.array(sample(ids, groups, source.max_sentences, benchmark.seed)))


def _check_ids(table: pa.Table, source: Source) -> None:
    """An id must not be in two splits: its sentences would be translations of each other across train and test."""
    splits, names = category(table["split"])
    if len(names) < 2:
        return
    _, first, group = np.unique(hashes(table["sentence_id"]), return_index=True, return_inverse=True)
    clash = np.flatnonzero(splits != splits[first][group])
    if len(clash):
        row = int(clash[0])
        shown = table["sentence_id"][row].as_py().removeprefix(f"{source.name}:")
        raise CrosstalkError(
            f"source {source.name!r}: sentence_id {shown!r} is in the splits {names[splits[first][group][row]]!r} and "
            f"{names[splits[row]]!r}; rows that share an id are translations, so each id must stay in one split"
        )
