from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstalk.tokens.batches import BatchPlan, align, by_length, generator, pad, temperature_weights
from crosstalk.tokens.store import TokenStore, sentence_key

LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=60).map(lambda some: np.array(some, np.int64))


def plan(**changes) -> BatchPlan[str]:
    rng = np.random.default_rng(2)
    lengths = {"large": rng.integers(2, 12, 80), "small": rng.integers(2, 12, 9), "tiny": np.array([5])}
    settings = {"updates": 12, "accumulate": 3, "batch_tokens": 30, "temperature": 5.0, "seed": 1} | changes
    return BatchPlan(lengths, **settings)


def store(ids: list[str], lengths: list[int], splits: list[str]) -> TokenStore:
    names = sorted(set(splits))
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return TokenStore(
        np.arange(offsets[-1], dtype=np.int32),
        offsets.astype(np.int64),
        sentence_key(np.array(ids, dtype=object)),
        np.array([names.index(split) for split in splits], np.int16),
        tuple(names),
    )


def test_temperature_weights_by_hand():
    np.testing.assert_allclose(temperature_weights([100, 1], 1.0), [100 / 101, 1 / 101])
    np.testing.assert_allclose(temperature_weights([32, 1], 5.0), [2 / 3, 1 / 3])
    np.testing.assert_allclose(temperature_weights([243, 32, 0], 5.0), [3 / 5, 2 / 5, 0])


def test_names_name_a_generator():
    assert generator(1, "dropout", 3).integers(1 << 40) == generator(1, "dropout", 3).integers(1 << 40)
    draws = [generator(*names).integers(1 << 40) for names in (("ab", "c"), ("a", "bc"), ("abc",), (1, "abc"))]
    assert len(set(draws)) == 4


@given(LENGTHS, st.integers(1, 100), st.integers(0, 3))
def test_batches_hold_every_row_once_within_the_budget(lengths, budget, seed):
    batches = by_length(lengths, budget, np.random.default_rng(seed).permutation(len(lengths)))
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * lengths[batch].max() <= budget


def test_little_is_padding():
    lengths = np.random.default_rng(1).integers(3, 48, 1000)
    batches = by_length(lengths, 512, np.arange(1000))
    assert sum(len(batch) * lengths[batch].max() for batch in batches) < 1.05 * lengths.sum()


@given(st.permutations([(update, micro) for update in range(12) for micro in range(3)]))
def test_a_batch_depends_on_seed_update_and_micro_batch_alone(order):
    in_order, shuffled = plan(), plan()
    expected = {(u, m): in_order.batch(u, m) for u in range(12) for m in range(3)}
    for place in order:
        key, rows = shuffled.batch(*place)
        assert key == expected[place][0]
        np.testing.assert_array_equal(rows, expected[place][1])


def test_another_seed_gives_other_batches():
    first, second = plan(), plan(seed=2)
    assert any(first.batch(u, 0)[1].tolist() != second.batch(u, 0)[1].tolist() for u in range(12))


def test_an_epoch_holds_each_row_once_and_the_next_another_order():
    lengths = np.random.default_rng(3).integers(2, 9, 50)
    count = len(by_length(lengths, 24, np.arange(50)))
    one = BatchPlan({"only": lengths}, updates=2 * count, accumulate=1, batch_tokens=24, temperature=1.0, seed=4)
    epochs = [[one.batch(e * count + i, 0)[1] for i in range(count)] for e in range(2)]
    flat = [np.concatenate(batches).tolist() for batches in epochs]
    assert sorted(flat[0]) == sorted(flat[1]) == list(range(50))
    assert flat[0] != flat[1]


def test_temperature_decides_how_often_a_group_comes():
    def share(temperature: float) -> float:
        drawn = plan(updates=2000, accumulate=1, temperature=temperature)
        return np.mean([drawn.batch(update, 0)[0] == "large" for update in range(2000)])

    assert share(1.0) == pytest.approx(80 / 90, abs=0.03)
    assert share(5.0) == pytest.approx(temperature_weights([80, 9, 1], 5.0)[0], abs=0.03)


def test_groups_together_share_an_update():
    sides = {"large": "a", "small": "a", "tiny": "b"}
    drawn = plan(updates=60, together=sides)
    updates = [[drawn.batch(update, micro)[0] for micro in range(3)] for update in range(60)]
    assert all(len({sides[key] for key in keys}) == 1 for keys in updates)
    assert any(set(keys) == {"large", "small"} for keys in updates)
    assert ["tiny"] * 3 in updates


def test_alignment_joins_by_id_alone():
    left = store(["a", "b", "c", "d", "e"], [1, 2, 3, 4, 5], ["train", "train", "dev", "train", "train"])
    right = store(["e", "x", "d", "c", "b"], [6, 6, 1, 1, 1], ["train", "train", "train", "dev", "train"])
    pair = align(left, right, "train", 20)
    assert set(zip(pair.source_rows.tolist(), pair.target_rows.tolist(), strict=True)) == {(1, 4), (3, 2), (4, 0)}
    assert sorted(pair.lengths.tolist()) == [2 + 2, 4 + 2, 6 + 2]
    assert align(left, right, "dev", 20).source_rows.tolist() == [2]
    assert len(align(left, right, "test", 20)) == 0


def test_alignment_leaves_out_long_and_empty_sentences():
    left = store(["a", "b", "c"], [3, 0, 6], ["train"] * 3)
    right = store(["a", "b", "c"], [4, 2, 2], ["train"] * 3)
    assert align(left, right, "train", 8).source_rows.tolist() == [0, 2]
    assert align(left, right, "train", 7).source_rows.tolist() == [0]
    assert len(align(left, right, "train", 5)) == 0


def test_padding_fills_the_right():
    rows = [np.array([5, 6], np.int32), np.array([7], np.int32)]
    assert pad(rows, 1).tolist() == [[5, 6], [7, 1]]
