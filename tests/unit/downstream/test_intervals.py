"""Intervals over seeds and sentences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from crosstalk.downstream.intervals import estimate


def test_one_seed_gives_the_interval_of_the_mean_over_sentences():
    values = np.array([[0.0, 1.0, 1.0, 0.0, 1.0]])
    found = estimate(values, 0.95)
    expected = stats.t.interval(0.95, 4, values.mean(), stats.sem(values[0]))
    assert found == pytest.approx((0.6, *expected))


def test_seeds_alone_give_students_interval():
    values = np.array([[0.2] * 4, [0.4] * 4, [0.9] * 4])
    means = [0.2, 0.4, 0.9]
    assert estimate(values, 0.9) == pytest.approx((0.5, *stats.t.interval(0.9, 2, 0.5, stats.sem(means))))


def test_both_by_hand():
    values = np.array([[0.0, 1.0, 0.5], [1.0, 1.0, 1.0]])
    # Seeds' means 0.5 and 1: variance 0.125, by 2: 0.0625. Sentences' 0.5, 1, 0.75: variance 0.0625, by 3: 0.0208333.
    a, b = 0.0625, 0.0625 / 3
    freedom = (a + b) ** 2 / (a**2 / 1 + b**2 / 2)
    reach = stats.t.ppf(0.975, freedom) * np.sqrt(a + b)
    assert estimate(values, 0.95) == pytest.approx((0.75, 0.75 - reach, 0.75 + reach))


def test_no_variance_is_no_interval_and_one_value_none():
    assert estimate(np.ones((3, 4)), 0.95) == (1, 1, 1)
    value, low, high = estimate(np.ones((1, 1)), 0.95)
    assert value == 1
    assert np.isnan([low, high]).all()


@given(st.integers(1, 4), st.integers(2, 30), st.integers(0, 5))
def test_it_covers_the_mean_and_more_confidence_is_wider(seeds, sentences, seed):
    values = np.random.default_rng(seed).random((seeds, sentences))
    narrow, wide = estimate(values, 0.8), estimate(values, 0.95)
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high
