"""Labelled sentences of a classification task, from the forms in which they are published."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from crosstalk.artefacts import read_table
from crosstalk.config.downstream import Labelled
from crosstalk.corpora.clean import comparable, normalise
from crosstalk.corpora.languages import opus100_table
from crosstalk.downstream.schemas import LABELLED
from crosstalk.errors import CrosstalkError

_SHARE = 0.01
"""Test sentences that may by chance be training sentences too: "thank you" is."""
_CHINESE = {"zho_Hans": "zh-CN", "zho_Hant": "zh-TW"}
"""MASSIVE tells them apart by country."""
_SPLITS = ("train", "dev", "test")


def read_task(
    settings: Labelled, languages: Sequence[str], files: Sequence[Path], needed: Sequence[str] = ()
) -> pa.Table:
    """LABELLED of those ``languages`` that a task has, the ``needed`` ones among them.

    ``files``: of a parquet table it and the one with its texts, if there is one; the folder of sib200 and massive; the
    world's labels and sentences. Raises CrosstalkError when one is missing or damaged, a language that is needed has no
    sentence, or a sentence has no label or text.
    """
    readers: dict[str, Callable[[Labelled, Sequence[str], Sequence[Path]], pd.DataFrame]] = {
        "parquet": _parquet, "sib200": _sib200, "massive": _massive, "world": _world,
    }  # fmt: skip
    if settings.reader == "mteb":
        from crosstalk.downstream.through_mteb import load

        rows = load(settings, {language: _two_letters(settings, language) for language in languages})
    else:
        rows = readers[settings.reader](settings, languages, files)
    place = settings.task or str(files[0])
    if missing := [code for code in needed if code not in set(rows["language"])]:
        raise CrosstalkError(f"{place}: no labelled sentence of {missing[0]}")
    lacking = rows[rows[["label", "text"]].isna().any(axis=1)]
    if len(lacking):
        first = lacking.iloc[0]
        what = "label" if pd.isna(first["label"]) else "text"
        raise CrosstalkError(
            f"{place}: {len(lacking)} sentences lack a label or text, first {first['sentence_id']} of "
            f"{first['language']}, which has no {what}"
        )
    rows = rows.astype({"sentence_id": str, "label": str})
    table = pa.Table.from_pandas(rows[LABELLED.names], schema=LABELLED, preserve_index=False)
    return table.set_column(table.schema.get_field_index("text"), "text", normalise(table["text"]))


def check_unseen(tasks: pa.Table, split: str, sentences: Mapping[str, Path]) -> None:
    """CrosstalkError when training sentences (language -> a file of SENTENCES) hold what a task tests.

    SIB-200's sentences are those of FLORES-200, so that a corpus with FLORES-200 must not be trained on.
    """
    tested = tasks.filter(pc.equal(tasks["split"], split))
    for language in tested["language"].unique().to_pylist():
        if (file := sentences.get(language)) is None:
            continue
        texts = comparable(tested.filter(pc.equal(tested["language"], language))["text"])
        corpus = read_table(file, columns=["split", "text"])
        seen = np.zeros(len(texts), bool)
        for part in corpus.filter(pc.equal(corpus["split"], "train"))["text"].chunks:
            known = comparable(pa.chunked_array([part])).combine_chunks()
            seen |= pc.is_in(texts, known).to_numpy()
        if (found := int(seen.sum())) > _SHARE * len(texts):
            raise CrosstalkError(
                f"{file}: {found} of {len(texts)} {split} sentences of the task are among the training "
                f"sentences of {language}; leave out the corpus that has them (SIB-200 is made of FLORES-200)"
            )


def _two_letters(settings: Labelled, language: str) -> str:
    """What MASSIVE calls a language, without its country."""
    known = _CHINESE.get(language) or opus100_table().get(language, (language, False))[0]
    return settings.codes.get(language, known)


def _parquet(settings: Labelled, languages: Sequence[str], files: Sequence[Path]) -> pd.DataFrame:
    columns = {name: settings.columns.get(name, name) for name in LABELLED.names}
    table, texts = read_table(files[0]), settings.texts
    if texts is not None and columns["text"] not in table.column_names:
        del columns["text"]
    wanted = [*columns.values(), *([texts.key] if texts else [])]
    if missing := [name for name in wanted if name not in table.column_names]:
        raise CrosstalkError(f"{files[0]}: column {missing[0]!r} is missing; expected {', '.join(wanted)}")
    rows = table.select(list(dict.fromkeys(wanted))).to_pandas()
    rows = rows[rows[columns["language"]].isin(languages)]
    found = pd.DataFrame({name: rows[theirs] for name, theirs in columns.items()}, columns=LABELLED.names)
    if texts is not None:
        keys = ["language", texts.sentence_id]
        other = read_table(files[1], None, [*keys, "text"]).to_pandas()
        named = (
            other.drop_duplicates(keys)
            .set_index(keys)["text"]
            .reindex(pd.MultiIndex.from_arrays([rows[columns["language"]], rows[texts.key]]))
        )
        found["text"] = np.where(rows[texts.key].isna(), found["text"], named)
    return found


def _world(settings: Labelled, languages: Sequence[str], files: Sequence[Path]) -> pd.DataFrame:
    labels, sentences = (read_table(file).to_pandas() for file in files)
    if settings.label not in labels.columns:
        raise CrosstalkError(f"{files[0]}: no label {settings.label!r}; expected one of {', '.join(labels.columns)}")
    both = labels.merge(sentences[["sentence_id", "language", "text"]], on=["sentence_id", "language"])
    both = both[both["language"].isin(languages)].rename(columns={settings.label: "label"})
    return both.dropna(subset="label")[LABELLED.names]


def _sib200(settings: Labelled, languages: Sequence[str], files: Sequence[Path]) -> pd.DataFrame:
    def rows() -> Iterator[tuple[str, ...]]:
        for language in languages:
            for split in _SPLITS:
                file = files[0] / language / f"{split}.tsv"
                if not file.exists():
                    continue
                with file.open(encoding="utf-8", newline="") as lines:
                    for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                        yield (row["index_id"], language, split, row["category"], row["text"])

    return _frame(rows(), settings, files[0])


def _massive(settings: Labelled, languages: Sequence[str], files: Sequence[Path]) -> pd.DataFrame:
    def rows() -> Iterator[tuple[str, ...]]:
        for language in languages:
            code = _two_letters(settings, language)
            for file in sorted(files[0].glob(f"{code if '-' in code else f'{code}-*'}.jsonl")):
                for line in file.read_text(encoding="utf-8").splitlines():
                    row = json.loads(line)
                    yield (row["id"], language, row["partition"], row[settings.label], row["utt"])

    return _frame(rows(), settings, files[0])


def _frame(rows: Iterator[tuple[str, ...]], settings: Labelled, folder: Path) -> pd.DataFrame:
    try:
        return pd.DataFrame(rows, columns=LABELLED.names)
    except (KeyError, TypeError, ValueError, OSError) as error:
        reason = f"no field {error}" if isinstance(error, KeyError) else str(error).splitlines()[0]
        raise CrosstalkError(f"{folder}: not readable as {settings.reader} ({reason})") from error
