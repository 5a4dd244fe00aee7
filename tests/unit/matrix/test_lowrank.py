"""Alternating ridge regression against the closed form it has for a matrix without gaps."""

from __future__ import annotations

import numpy as np
import pytest

from crosstalk.matrix.lowrank import alternating_ridge


def orthogonal(rng: np.random.Generator, n: int, rank: int) -> np.ndarray:
    return np.linalg.qr(rng.normal(size=(n, rank)))[0]


@pytest.mark.parametrize("penalty", [0.0, 0.7])
def test_without_gaps_singular_values_are_shrunk(penalty: float) -> None:
    rng = np.random.default_rng(0)
    left, right = orthogonal(rng, 9, 4), orthogonal(rng, 7, 4)
    singular = np.array([8.0, 3, 0.4, 0.1])
    values = left * singular @ right.T
    scale = np.sqrt((values**2).mean())
    # The minimum of |X - UV'|² + p s (|U|² + |V|²) takes p s from each of the largest singular values.
    expected = left[:, :2] * (singular[:2] - penalty * scale) @ right[:, :2].T
    np.testing.assert_allclose(alternating_ridge(values, 2, penalty), expected, atol=1e-6)


def test_gaps_are_filled_from_what_is_known() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(size=(30, 2)) @ rng.normal(size=(2, 30))
    known = rng.random((30, 30)) < 0.5
    found = alternating_ridge(np.where(known, truth, np.nan), 2, 0.05)
    assert np.sqrt(np.mean((found - truth)[~known] ** 2)) < 0.1 * truth.std()


def test_order_and_unit_do_not_matter() -> None:
    rng = np.random.default_rng(2)
    values = np.where(rng.random((8, 8)) < 0.6, rng.normal(size=(8, 8)), np.nan)
    found, order = alternating_ridge(values, 2, 1.0), rng.permutation(8)
    np.testing.assert_allclose(alternating_ridge(values[order][:, order], 2, 1.0), found[order][:, order], atol=1e-9)
    np.testing.assert_allclose(alternating_ridge(1e-3 * values, 2, 1.0), 1e-3 * found, atol=1e-12)
    assert not alternating_ridge(np.zeros((3, 3)), 2, 1.0).any()
