from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from crosstalk.artefacts import SENTENCES
from crosstalk.errors import CrosstalkError
from crosstalk.tokens.store import TokenStore, encode, open_stores, sentence_key


def sentences(rows: list[tuple[str, str, str]]) -> pa.Table:
    columns = ["sentence_id", "split", "text"]
    table = [dict(zip(columns, row, strict=True), language="eng_Latn") for row in rows]
    return pa.Table.from_pylist(table, schema=SENTENCES)


@pytest.fixture
def folder(small, tmp_path):
    rows = [("s1", "train", "dog sees cat"), ("s2", "dev", ""), ("s3", "train", "old red house")]
    encode(sentences(rows), small.vocabulary, tmp_path / "eng_Latn")
    return tmp_path / "eng_Latn"


def test_a_store_gives_back_the_sentences(small, folder):
    store = TokenStore.open(folder)
    assert small.vocabulary.decode([store[row].tolist() for row in range(3)]) == ["dog sees cat", "", "old red house"]
    assert store.lengths.tolist() == [len(store[0]), 0, len(store[2])]
    assert store.rows("train").tolist() == [0, 2]
    assert store.rows("dev").tolist() == [1]
    assert store.rows("test").tolist() == []
    assert list(open_stores([folder])) == ["eng_Latn"]


def test_a_key_depends_on_its_sentence_id_alone():
    alone = sentence_key(np.array(["b"], dtype=object))
    among = sentence_key(np.array(["a", "b", "c"], dtype=object))
    assert among[1] == alone[0]
    assert len(set(among.tolist())) == 3


@pytest.mark.parametrize("name", ["ids", "offsets", "sentences", "splits"])
@pytest.mark.parametrize("left", [0, 20, -3], ids=["empty", "header cut", "data cut"])
def test_a_truncated_store_is_refused_in_one_line(folder, name, left):
    file = folder / f"{name}.npy"
    file.write_bytes(file.read_bytes()[:left])
    with pytest.raises(CrosstalkError, match=r"eng_Latn: not a readable token store \(.*\)$"):
        TokenStore.open(folder)


def test_a_pickle_is_refused(folder):
    np.save(folder / "ids.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(CrosstalkError, match="not a readable token store"):
        TokenStore.open(folder)


def test_a_missing_store_is_refused(tmp_path):
    with pytest.raises(CrosstalkError, match="not a readable token store"):
        TokenStore.open(tmp_path / "none")


def test_a_language_without_sentences_has_an_empty_store(small, tmp_path):
    encode(sentences([]), small.vocabulary, tmp_path / "qaa_Latn")
    assert TokenStore.open(tmp_path / "qaa_Latn").rows("train").tolist() == []
