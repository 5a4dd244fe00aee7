from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosstalk.artefacts import SENTENCES
from crosstalk.config.data import Benchmark
from crosstalk.corpora.clean import clean, comparable, normalise

text = st.text(st.characters(exclude_categories=["Cs", "Cn"]), max_size=20)
INVISIBLE = re.compile("[\xad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


def reference(sentence: str) -> str:
    """The same normalisation, character by character."""
    seen = INVISIBLE.sub("", sentence)
    spaced = "".join(" " if unicodedata.category(c)[0] == "Z" or unicodedata.category(c) == "Cc" else c for c in seen)
    return unicodedata.normalize("NFC", " ".join(part for part in spaced.split(" ") if part))


def column(*texts: str) -> pa.ChunkedArray:
    return pa.chunked_array([list(texts)], pa.string())


def counted(counts: pa.Table) -> dict[tuple[str, str, str], int]:
    """(language, split, reason) -> count."""
    return {(row["language"], row["split"], row["reason"]): row["count"] for row in counts.to_pylist()}


@settings(deadline=None)
@given(st.lists(text, min_size=1))
def test_normalise_agrees_with_a_character_by_character_reference(sentences: list[str]) -> None:
    once = normalise(column(*sentences))
    assert once.to_pylist() == [reference(sentence) for sentence in sentences]
    assert normalise(once).equals(once)


def test_normalise_keeps_what_spells_words() -> None:
    given = ["e\u0301te\u0301", " a \t\u3000b\u2028\x00c ", "soft\xadhyphen\ufeff", "می\u200cخواهم", "क\u094d\u200dष"]
    assert normalise(column(*given)).to_pylist() == ["été", "a b c", "softhyphen", "می\u200cخواهم", "क\u094d\u200dष"]


def test_comparable_ignores_case_punctuation_and_space_but_not_marks() -> None:
    assert comparable(column("“Hello, World!”", "hello world", "की", "का", "...", "?")).to_pylist() == [
        "helloworld",
        "helloworld",
        "की",
        "का",
        "...",
        "?",
    ]


def test_every_reason_is_counted(make_benchmark: Callable[..., Benchmark], make_table: Callable[..., pa.Table]) -> None:
    table = make_table(
        ("c:1", "eng_Latn", "train", "One  two"),
        ("c:1", "deu_Latn", "train", "Eins zwei"),
        ("c:2", "eng_Latn", "train", "One two"),  # the same pair again
        ("c:2", "deu_Latn", "train", "Eins zwei"),
        ("c:3", "eng_Latn", "train", "One two"),  # another translation of the same sentence stays
        ("c:3", "deu_Latn", "train", "Eins, zwei"),
        ("c:4", "eng_Latn", "train", " \u2028 "),  # nothing is left; its partner goes too
        ("c:4", "deu_Latn", "train", "Allein"),
        ("c:5", "eng_Latn", "train", "x" * 21),
        ("c:5", "deu_Latn", "train", "y" * 20),
        ("c:6", "eng_Latn", "train", "held OUT"),  # is in test, up to case and punctuation
        ("c:6", "deu_Latn", "train", "Zurückgehalten"),
        ("c:7", "eng_Latn", "test", "Held out!"),
        ("c:7", "deu_Latn", "test", "Anders"),
        ("c:8", "eng_Latn", "test", "Held out!"),  # held-out splits keep their duplicates
        ("c:8", "deu_Latn", "test", "Anders"),
        ("c:1", "eng_Latn", "train", "Another text of the same id"),
    )
    kept, counts = clean(table, make_benchmark(max_characters=20))
    assert kept.schema.equals(SENTENCES)
    assert [row["sentence_id"] for row in kept.to_pylist()] == ["c:1"] * 2 + ["c:3"] * 2 + ["c:7"] * 2 + ["c:8"] * 2
    assert kept["text"][0].as_py() == "One two"
    assert counted(counts) == {
        ("eng_Latn", "train", "kept"): 2,
        ("eng_Latn", "train", "empty"): 1,
        ("eng_Latn", "train", "too long"): 1,
        ("eng_Latn", "train", "repeated id"): 1,
        ("eng_Latn", "train", "in dev or test"): 1,
        ("eng_Latn", "train", "duplicate"): 1,
        ("eng_Latn", "test", "kept"): 2,
        ("deu_Latn", "train", "kept"): 2,
        ("deu_Latn", "train", "duplicate"): 1,
        ("deu_Latn", "train", "partner dropped"): 3,
        ("deu_Latn", "test", "kept"): 2,
    }


def test_the_others_of_an_id_stay_aligned(
    make_benchmark: Callable[..., Benchmark], make_table: Callable[..., pa.Table]
) -> None:
    table = make_table(
        ("c:1", "eng_Latn", "train", "Tested"),
        ("c:1", "deu_Latn", "train", "Geprüft"),
        ("c:1", "fra_Latn", "train", "Testé"),
        ("c:2", "eng_Latn", "ntrex", "tested."),
    )
    kept, _ = clean(table, make_benchmark(languages=["eng_Latn", "deu_Latn", "fra_Latn"]))
    assert [(row["sentence_id"], row["language"]) for row in kept.to_pylist()] == [
        ("c:1", "deu_Latn"),
        ("c:1", "fra_Latn"),
        ("c:2", "eng_Latn"),
    ]


def test_the_same_words_in_another_language_are_no_leak(
    make_benchmark: Callable[..., Benchmark], make_table: Callable[..., pa.Table]
) -> None:
    table = make_table(("c:1", "deu_Latn", "train", "Hamburg"), ("c:2", "eng_Latn", "test", "Hamburg"))
    assert len(clean(table, make_benchmark())[0]) == 2


def test_swapped_texts_are_no_duplicate(
    make_benchmark: Callable[..., Benchmark], make_table: Callable[..., pa.Table]
) -> None:
    table = make_table(
        ("c:1", "eng_Latn", "train", "a"),
        ("c:1", "deu_Latn", "train", "b"),
        ("c:2", "eng_Latn", "train", "b"),
        ("c:2", "deu_Latn", "train", "a"),
    )
    assert len(clean(table, make_benchmark())[0]) == 4


row = st.tuples(
    st.sampled_from(["a:1", "a:2", "a:3", "b:1", "b:2"]),
    st.sampled_from(["eng_Latn", "deu_Latn"]),
    st.sampled_from(["train", "dev", "test"]),
    st.text("aB .", max_size=3),
)


@settings(deadline=None)
@given(rows=st.lists(row, max_size=30))
def test_invariants_of_a_cleaned_table(
    rows: list[tuple[str, str, str, str]],
    make_benchmark: Callable[..., Benchmark],
    make_table: Callable[..., pa.Table],
) -> None:
    benchmark = make_benchmark(max_characters=2)
    kept, counts = clean(make_table(*rows), benchmark)
    left = kept.to_pylist()
    assert sum(counts["count"].to_pylist()) == len(rows)
    assert counted_kept(counts) == len(left)
    assert len({(r["sentence_id"], r["language"]) for r in left}) == len(left)
    assert all(1 <= len(r["text"]) <= 2 for r in left)
    held = {(r["language"], k) for r, k in zip(left, keys(left), strict=True) if r["split"] != "train"}
    assert not held & {(r["language"], k) for r, k in zip(left, keys(left), strict=True) if r["split"] == "train"}
    again, recounted = clean(kept, benchmark)
    assert again.equals(kept)
    assert set(recounted["reason"].to_pylist()) <= {"kept"}


def counted_kept(counts: pa.Table) -> int:
    return sum(row["count"] for row in counts.to_pylist() if row["reason"] == "kept")


def keys(rows: list[dict[str, str]]) -> list[str]:
    return comparable(column(*[r["text"] for r in rows])).to_pylist() if rows else []


@pytest.mark.parametrize("source", ["bible", "my-corpus_2"])
def test_counts_name_the_source(
    source: str, make_benchmark: Callable[..., Benchmark], make_table: Callable[..., pa.Table]
) -> None:
    _, counts = clean(make_table((f"{source}:GEN 1:1", "eng_Latn", "train", "x")), make_benchmark())
    assert counts.to_pylist() == [
        {"source": source, "language": "eng_Latn", "split": "train", "reason": "kept", "count": 1}
    ]
