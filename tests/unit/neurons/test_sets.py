from __future__ import annotations

import pyarrow as pa
import pytest

from crosstalk.artefacts import SETS
from crosstalk.config.nrd import Sets
from crosstalk.errors import CrosstalkError
from crosstalk.neurons.sets import control_sets, overlap, own_sets, sources

IDS, TEXTS = list("abcdefgh"), ["dog sees cat", "cat", "old dog", "red house", "river", "a", "b", "c"]


def controls(kind: str, k: int = 4, seed: int = 1) -> pa.Table:
    return control_sets(kind, "qaa_Latn", IDS, TEXTS, Sets(k=k), seed)


def test_random_sets_are_the_source_and_other_sentences():
    table = controls("random")
    assert table.schema == SETS
    for (set_id, rows), source in zip(table.to_pandas().groupby("set_id"), TEXTS, strict=True):
        assert rows["member"].tolist() == [0, 1, 2, 3], set_id
        assert rows["text"].iloc[0] == source
        assert rows["text"].nunique() == 4
        assert set(rows["text"]) <= set(TEXTS)
    assert table.equals(controls("random"))
    assert not table.equals(controls("random", seed=2))
    # Every sentence is drawn, the last one too.
    assert set(controls("random", k=8)["text"].to_pylist()) == set(TEXTS)


def test_identical_sets_repeat_the_source():
    table = controls("identical").to_pandas()
    assert table["text"].tolist() == [text for text in TEXTS for _ in range(4)]
    assert (table["overlap"] == 1).all()


def test_too_few_sentences_for_random_sets_are_told_in_one_line():
    with pytest.raises(CrosstalkError, match=r"^qaa_Latn: 8 sentences for random sets of 9; expected at least 9$"):
        controls("random", k=9)
    assert len(controls("identical", k=9)) == 72


def test_overlap_by_hand():
    assert overlap("the old dog sees a dog", "a dog sees the old dog") == 1.0
    assert overlap("dog sees cat", "dog dog bird cat") == 0.5
    assert overlap("dog", "cat") == 0.0
    assert overlap("dog", "") == 0.0


def test_sources_are_training_sentences_drawn_by_the_seed():
    table = pa.table(
        {
            "sentence_id": [f"s{i}" for i in range(40)],
            "text": [f"t{i}" for i in range(40)],
            "split": ["train", "dev"] * 20,
        }
    )
    ids, texts = sources(table, Sets(sentences=8), 1)
    assert len(set(ids)) == 8
    assert [i.replace("s", "t") for i in ids] == texts
    assert all(int(i[1:]) % 2 == 0 for i in ids)
    assert sources(table, Sets(sentences=8), 1) == (ids, texts)
    assert sources(table, Sets(sentences=8), 2)[0] != ids
    assert len(sources(table, Sets(sentences=100), 1)[0]) == 20


@pytest.mark.parametrize("key", [str, int])
def test_a_users_own_sets(key):
    rows = [("1", "qaa_Latn", 1, "red dog"), ("1", "qaa_Latn", 0, "dog"), ("2", "eng_Latn", 0, "cat")]
    names = ["set_id", "language", "member", "text"]
    table = pa.Table.from_pylist([dict(zip(names, (key(s), *rest), strict=True), note="x") for s, *rest in rows])
    found = own_sets(table, "qaa_Latn")
    assert found.schema == SETS
    assert found.select(["set_id", "member", "text", "overlap"]).to_pylist() == [
        {"set_id": "1", "member": 0, "text": "dog", "overlap": 1.0},
        {"set_id": "1", "member": 1, "text": "red dog", "overlap": 0.5},
    ]


def test_a_users_own_sets_that_cannot_be_used_are_told_in_one_line():
    table = pa.table({"set_id": ["1"], "language": ["eng_Latn"], "member": [0], "text": ["dog"]})
    with pytest.raises(CrosstalkError, match=r"^sets.file: no sets of qaa_Latn; expected some for every language$"):
        own_sets(table, "qaa_Latn")
    with pytest.raises(CrosstalkError, match=r"^sets.file: column 'member' is missing; expected set_id, language, mem"):
        own_sets(table.drop_columns("member"), "eng_Latn")
    wrong = table.set_column(2, "member", pa.array(["first"]))
    with pytest.raises(CrosstalkError, match=r"^sets.file: .*first"):
        own_sets(wrong, "eng_Latn")
