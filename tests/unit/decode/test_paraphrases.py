from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa
import pytest

from crosstalk.artefacts import SETS
from crosstalk.config.nrd import Decode, Sets
from crosstalk.decode.paraphrases import Translator, round_trips

TEXTS = ["dog sees cat", "old red house", "small river"]


class Scripted(Translator):
    """Translates out unchanged and back by ``answer(call number, position, row)``; remembers what it was asked."""

    def __init__(self, answer: Callable[[int, int, list[int]], list[int]]) -> None:
        self.asked: list[tuple[list[str], tuple[object, ...]]] = []
        self._answer = answer

    def sample(self, rows: Sequence[list[int]], targets: Sequence[str], seed: tuple[object, ...]) -> list[list[int]]:
        self.asked.append((list(targets), seed))
        if seed[1] == "out":
            return [list(row) for row in rows]
        return [self._answer(len(self.asked) // 2, i, list(row)) for i, row in enumerate(rows)]


def trips(small, translator: Translator, k: int = 3, texts: list[str] = TEXTS, pivots=("eng_Latn",), **settings):
    ids = [f"s{i}" for i in range(len(texts))]
    table = round_trips(translator, small.vocabulary, "qaa_Latn", pivots, ids, texts, Sets(k=k, **settings), seed=1)
    assert table.schema == SETS
    return table.to_pandas()


def test_a_set_is_the_source_and_its_paraphrases(small):
    (red,) = small.vocabulary.encode(["red"])
    table = trips(small, Scripted(lambda call, i, row: row + red * (i + 1)))
    assert table["set_id"].tolist() == ["s0"] * 3 + ["s1"] * 3 + ["s2"] * 3
    assert table["member"].tolist() == [0, 1, 2] * 3
    assert table["text"][:3].tolist() == ["dog sees cat", "dog sees cat red", "dog sees cat red red"]
    assert table["overlap"][:3].tolist() == pytest.approx([1.0, 3 / 4, 3 / 5])
    assert set(table["language"]) == {"qaa_Latn"}


def test_exact_copies_are_drawn_again_then_dropped(small):
    (red,) = small.vocabulary.encode(["red"])
    # The first sentence comes back as itself always, the second in the first try, the third never.
    (house,) = small.vocabulary.encode(["old red house"])
    (dog,) = small.vocabulary.encode(["dog sees cat"])

    def answer(call: int, _position: int, row: list[int]) -> list[int]:
        return row if row == dog or (row == house and call == 1) else row + red

    translator = Scripted(answer)
    table = trips(small, translator, k=3, retries=2)
    assert table.groupby("set_id").size().to_dict() == {"s1": 3, "s2": 3}
    assert [len(targets) for targets, _ in translator.asked] == [6, 6, 4, 4, 2, 2]
    assert len({seed for _, seed in translator.asked}) == 6


def test_a_set_keeps_what_it_has(small):
    (red,) = small.vocabulary.encode(["red"])
    table = trips(small, Scripted(lambda call, i, row: row + red if i % 2 else row), k=3, retries=0)
    assert table.groupby("set_id").size().to_dict() == {"s0": 2, "s1": 2, "s2": 2}
    assert table["member"].tolist() == [0, 1] * 3


def test_empty_texts_make_no_set_and_are_no_paraphrase(small):
    table = trips(small, Scripted(lambda call, i, row: []), texts=["", "dog"])
    assert len(table) == 0
    assert len(trips(small, Scripted(lambda call, i, row: row), texts=[])) == 0


def test_each_trip_has_a_pivot_of_its_own_and_returns_to_the_language(small):
    translator = Scripted(lambda call, i, row: [*row, *row])
    trips(small, translator, k=5, pivots=("eng_Latn", "qab_Cyrl"))
    out, back = translator.asked[0][0], translator.asked[1][0]
    assert set(out) == {"eng_Latn", "qab_Cyrl"}
    assert back == ["qaa_Latn"] * 12


@pytest.mark.parametrize("tag_on_source", [True, False])
def test_a_models_paraphrases(small, xlmt, tag_on_source):
    def draw(seed: int) -> pa.Table:
        settings = Sets(k=4, retries=1)
        translator = Translator(xlmt, small.vocabulary, tag_on_source, settings, Decode(max_extra=4))
        return round_trips(
            translator, small.vocabulary, "qaa_Latn", ["eng_Latn"], ["a", "b", "c"], TEXTS, settings, seed
        )

    table = draw(1)
    assert table.equals(draw(1))
    assert not table.equals(draw(2))
    for _, rows in table.to_pandas().groupby("set_id"):
        assert rows["member"].tolist() == list(range(len(rows)))
        assert 2 <= len(rows) <= 4
        assert rows["text"].iloc[0] in TEXTS
        assert not rows["text"].iloc[1:].isin([rows["text"].iloc[0], ""]).any()


def test_an_intermediate_text_of_any_length_still_fits(small, xlmt):
    xlmt.final_logits_bias[0, 2] = -1e4
    settings = Sets(k=2, retries=0)
    translator = Translator(xlmt, small.vocabulary, True, settings, Decode(max_ratio=50))
    assert len(round_trips(translator, small.vocabulary, "qaa_Latn", ["eng_Latn"], ["a"], ["dog"], settings, 1)) == 2
