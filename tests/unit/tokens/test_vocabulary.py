from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstalk.config.data import Tokens
from crosstalk.errors import CrosstalkError
from crosstalk.tokens.vocabulary import BOS, EOS, PAD, UNK, Vocabulary, save, train, training_sentences

WORDS = ["dog", "cat", "sees", "takes", "canu", "felo", "vidas", "ruga", "пес", "кот", "види", "река"]


def test_ids_are_laid_out_as_in_xlmr(small):
    vocabulary = small.vocabulary
    assert (BOS, PAD, EOS, UNK) == (0, 1, 2, 3)
    assert vocabulary.mask == 69 + 1
    assert vocabulary.tags == {"eng_Latn": 71, "qaa_Latn": 72, "qab_Cyrl": 73}
    assert vocabulary.size == 74
    ids = vocabulary.encode(["dog sees cat", "пес"])
    assert all(UNK < i < vocabulary.mask for row in ids for i in row)
    assert UNK in vocabulary.encode(["漢"])[0]


def test_xlmr_gives_its_published_ids(real_data):
    vocabulary = Vocabulary((real_data / "xlmr" / "sentencepiece.rebuilt.model").read_bytes(), ["eng_Latn"])
    assert vocabulary.encode(["Hello World!"]) == [[35378, 6661, 38]]
    assert vocabulary.decode([[BOS, 35378, 6661, 38, EOS]]) == ["Hello World!"]
    assert (vocabulary.mask, vocabulary.tags["eng_Latn"]) == (250_001, 250_002)


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join), max_size=5))
def test_decoding_undoes_encoding(small, texts):
    assert small.vocabulary.decode(small.vocabulary.encode(texts)) == texts


def test_decoding_stops_at_the_end_and_leaves_out_what_is_no_piece(small):
    vocabulary = small.vocabulary
    (dog,) = vocabulary.encode(["dog"])
    (cat,) = vocabulary.encode(["cat"])
    row = [BOS, vocabulary.tags["qaa_Latn"], *dog, vocabulary.mask, EOS, *cat, PAD]
    assert vocabulary.decode([row, []]) == ["dog", ""]


def test_training_is_repeatable(small):
    rows = [store[row] for store in small.stores.values() for row in range(120)]
    texts = small.vocabulary.decode([row.tolist() for row in rows])
    model = train(texts, Tokens(size=69))
    assert model == train(iter(texts), Tokens(size=69))
    assert model == (small.folder / "vocabulary" / "sentencepiece.model").read_bytes()


def test_training_sentences_are_spread_over_the_train_split():
    splits = ["train", "dev"] * 10
    table = pa.table({"text": [f"t{i}" for i in range(20)], "split": splits})
    assert training_sentences(table, 100) == [f"t{i}" for i in range(0, 20, 2)]
    assert training_sentences(table, 5) == ["t0", "t4", "t8", "t12", "t16"]
    assert training_sentences(table, 4) == ["t0", "t6", "t12", "t18"]


def test_too_little_text_is_told_in_one_line():
    with pytest.raises(
        CrosstalkError, match=r"^tokens.size: 5000 pieces cannot be trained on these corpora: .+"
    ) as told:
        train(["a dog", "a cat"], Tokens(size=5000))
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("damage", ["truncated", "no languages", "missing"])
def test_a_damaged_vocabulary_is_refused(small, tmp_path, damage):
    folder = tmp_path / "vocabulary"
    model = (small.folder / "vocabulary" / "sentencepiece.model").read_bytes()
    if damage != "missing":
        save(model[:-500] if damage == "truncated" else model, ["eng_Latn"], folder)
    if damage == "no languages":
        (folder / "languages.json").write_text('["eng_')
    with pytest.raises(CrosstalkError, match=r"vocabulary: not a readable vocabulary \(.*\)$"):
        Vocabulary.load(folder)


def test_every_id_has_a_spelling_of_its_own(small):
    vocabulary = small.vocabulary
    texts = vocabulary.spellings()
    assert texts[:4] == ["<s>", "<pad>", "</s>", "<unk>"]
    assert texts[vocabulary.mask :] == ["<mask>", "__eng_Latn__", "__qaa_Latn__", "__qab_Cyrl__"]
    assert len(set(texts)) == len(texts) == vocabulary.size
    (ids,) = vocabulary.encode(["dog sees"])
    assert "".join(texts[i] for i in ids) == "▁dog▁sees"
