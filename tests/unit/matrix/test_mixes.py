"""Which mixes are trained, and what they see."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest
from accelerate import Accelerator
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crosstalk.config.matrix import Check, Matrix, MatrixEvaluation, MatrixModel, MatrixTraining
from crosstalk.matrix.blocks import Run, Share
from crosstalk.matrix.mixes import Mix, drawn, runs, sizes
from crosstalk.matrix.runner import run_block
from crosstalk.matrix.schemas import MIX_RUNS, RUNS
from crosstalk.matrix.streams import Streams

NAMES = [f"q{letter}a_Latn" for letter in "hgfedcba"]
THREE = Mix(("eng_Latn", "qaa_Latn", "qab_Cyrl"), 1)


def test_mixes_are_different_sorted_and_of_their_size() -> None:
    check = Check(mixes=12)
    for size in (3, 4, 5):
        found = drawn(size, NAMES, check)
        assert len(set(found)) == len(found) == 12
        assert all(len(set(mix)) == size and list(mix) == sorted(mix) for mix in found)
        assert {name for mix in found for name in mix} <= set(NAMES)
        assert found == drawn(size, NAMES[::-1], check)
        assert found != drawn(size, NAMES, Check(mixes=12, draw=2))


def test_all_mixes_where_there_are_no_more() -> None:
    assert drawn(7, NAMES, Check(mixes=12)) == list(combinations(sorted(NAMES), 7))


def test_sizes_that_no_mix_can_have_are_left_out_and_named_mixes_come_on_top() -> None:
    also = [["qaa_Latn", "qha_Latn", "qba_Latn", "qca_Latn"]]
    settings = Matrix(check=Check(sizes=[3, 9], mixes=2, also=also), seeds=[1, 2])
    assert sizes(NAMES, settings) == [3, 4]
    assert len(runs(3, NAMES, settings)) == 2 * 2
    assert runs(4, NAMES, settings) == [Mix(("qaa_Latn", "qba_Latn", "qca_Latn", "qha_Latn"), seed) for seed in (1, 2)]
    few = Matrix(check=Check(sizes=[2, 3, 4]), training=MatrixTraining(sentences=2))
    assert sizes(NAMES, few) == [2]


@pytest.mark.parametrize(
    ("check", "training", "message"),
    [
        ({"also": [["qaa_Latn", "qba_Latn", "qaa_Latn"]]}, {}, "also.0 names 'qaa_Latn' twice"),
        ({"also": [["qaa_Latn", "qba_Latn", "qca_Latn"]]}, {"sentences": 2}, "a mix of 3 languages; a batch has 2"),
    ],
)
def test_mixes_that_cannot_be_trained_are_told(check, training, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Matrix.model_validate({"check": check, "training": training})


@given(st.integers(1, 9), st.integers(1, 40), st.integers(1, 12))
def test_shares_deal_every_sentence_of_every_batch_once(of: int, batch: int, updates: int) -> None:
    shares = [Share("qaa_Latn", 0, number, of) for number in range(of)]
    for update in range(updates):
        each = [share.sentences(update, batch) for share in shares]
        assert sum(map(len, each)) == batch
        assert max(map(len, each)) - min(map(len, each)) <= 1
    for share in shares:
        places = [place for update in range(updates) for place in share.sentences(update, batch)]
        assert places == list(range(len(places)))
        assert abs(len(places) - updates * batch / of) < 1


def test_a_mix_of_two_sees_what_the_pair_sees(small) -> None:
    streams = Streams(small.stores, small.vocabulary, MatrixTraining(sentences=8, max_length=9))
    pair, mix = Run("qaa_Latn", "eng_Latn", False, 1), Mix(("eng_Latn", "qaa_Latn"), 1)
    for update in (0, 5):
        for ours, theirs in zip(streams.batch(pair, update), streams.batch(mix, update), strict=True):
            assert all((one == other).all() for one, other in zip(ours, theirs, strict=True))


def test_languages_of_a_mix_share_a_batch_evenly(small) -> None:
    streams = Streams(small.stores, small.vocabulary, MatrixTraining(sentences=8, max_length=9))
    seen = Counter()
    for update in range(3):
        parts = streams.batch(THREE, update)
        assert sum(len(part.lengths) for part in parts) == 8
        seen.update({name: len(part.lengths) for name, part in zip(THREE.languages, parts, strict=True)})
    assert set(seen.values()) == {8}


def test_a_row_for_each_language_of_a_mix(small, tmp_path) -> None:
    settings = Matrix(
        model=MatrixModel(d_model=16, ffn=24, heads=2),
        training=MatrixTraining(updates=8, sentences=8, warmup=2, learning_rate=2e-2, max_length=14),
        evaluation=MatrixEvaluation(sentences=5),
    )
    origin = {"config_hash": "c0ffee", "data_hash": "da7a", "commit": "abc"}

    def trained(run: Run | Mix, schema=MIX_RUNS):
        return run_block(
            [run], small.stores, small.vocabulary, settings, Accelerator(cpu=True), tmp_path, origin, 1, schema
        )

    table = trained(THREE)
    assert table.schema == MIX_RUNS
    rows = table.to_pylist()
    assert [row["language"] for row in rows] == list(THREE.languages)
    assert all(row["mix"] == list(THREE.languages) and row["seed"] == 1 for row in rows)
    assert len({row["loss"] for row in rows}) == 3
    assert trained(THREE).equals(table)
    other = trained(THREE._replace(seed=2)).to_pylist()
    assert [row["loss"] for row in other] != [row["loss"] for row in rows]
    two, pair = trained(Mix(("eng_Latn", "qaa_Latn"), 1)), trained(Run("eng_Latn", "qaa_Latn", False, 1), RUNS)
    assert two["loss"].equals(pair["loss"])
