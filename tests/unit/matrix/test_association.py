"""Weighted correlations against scipy on repeated values."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from crosstalk.matrix.association import mid_ranks, pearson, spearman


def test_ranks_by_hand() -> None:
    values = np.array([30.0, 10.0, 20.0, 10.0])
    weights = np.array([[1.0, 1, 1, 1], [1, 2, 0, 1]])
    # Ranks of 10 10 20 30, and of 10 10 10 30.
    np.testing.assert_allclose(mid_ranks(values, weights)[0], [4, 1.5, 3, 1.5])
    np.testing.assert_allclose(mid_ranks(values, weights)[1, [0, 1, 3]], [4, 2, 2])


@settings(max_examples=20)
@given(
    arrays(float, (2, 8), elements=st.integers(0, 5).map(float)),
    arrays(float, (3, 8), elements=st.integers(0, 3).map(float)),
)
def test_a_weight_is_a_number_of_occurrences(values: np.ndarray, weights: np.ndarray) -> None:
    weights[:, 0] += 1
    x, y = values
    for at, counts in enumerate(weights.astype(int)):
        repeated = np.repeat(values, counts, axis=1)
        varies = np.ptp(repeated, axis=1).all()
        expected = stats.spearmanr(*repeated).statistic if varies else np.nan
        np.testing.assert_allclose(spearman(x, y, weights)[at], expected, atol=1e-9)
        expected = np.corrcoef(repeated)[0, 1] if varies else np.nan
        np.testing.assert_allclose(pearson(x[None], y[None], weights)[at], expected, atol=1e-9)


def test_nothing_correlates_with_a_constant() -> None:
    x, y = np.full(5, 0.1), np.arange(5.0)
    assert np.isnan(spearman(x, y, np.ones((1, 5))))
    assert np.isnan(pearson(x[None] + 0.2, y[None], np.ones((1, 5))))
