"""Is the matrix symmetric? (Matrix §3.4)"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from crosstalk.matrix.asymmetry import asymmetry, standard_error
from crosstalk.matrix.schemas import ASYMMETRY

VALUES = -np.array([[0.0, 1, 2, 5], [3, 0, 4, 2], [6, 8, 0, 1], [5, 4, 1, 0]]) / 10


def test_standard_errors_by_hand() -> None:
    # 1.96 over sentences, t(0.975, 2) = 4.303 over three seeds.
    found = standard_error(np.array([-0.196, -0.43027]), np.array([0.196, 0.43027]), np.array([1.0, 3]), 0.95)
    np.testing.assert_allclose(found, [0.1, 0.1], rtol=1e-4)


def test_asymmetry_by_hand(square_of) -> None:
    half_width = 0.196
    table = asymmetry(square_of(list("abcd"), VALUES, half_width=half_width), [], 0.95)
    assert table.schema == ASYMMETRY
    row = table.to_pylist()[0]
    assert row["pairs"] == 6
    # Pairs ab .2, ac .4, ad 0, bc .4, bd .2, cd 0.
    assert row["mean_difference"] == pytest.approx(0.2)
    # Standard error 0.1 of a cell, 0.1 sqrt 2 of a difference, 0.277 its bound: two of six pairs are beyond.
    assert row["noise"] == pytest.approx(np.sqrt(2 / np.pi) * 0.1 * np.sqrt(2), rel=1e-3)
    assert row["beyond_noise"] == pytest.approx(2 / 6)
    off = ~np.eye(4, dtype=bool)
    assert row["correlation"] == pytest.approx(np.corrcoef(VALUES[off], VALUES.T[off])[0, 1])
    assert row["rank_correlation"] == pytest.approx(stats.spearmanr(VALUES[off], VALUES.T[off]).statistic)


def test_a_symmetric_matrix_differs_by_nothing(square_of) -> None:
    row = asymmetry(square_of(list("abcd"), VALUES + VALUES.T), [], 0.95).to_pylist()[0]
    assert row["mean_difference"] == row["beyond_noise"] == 0
    assert row["correlation"] == row["rank_correlation"] == pytest.approx(1)


def test_noise_alone_is_called_noise(square_of) -> None:
    rng = np.random.default_rng(0)
    names = [f"l{at:02d}" for at in range(40)]
    truth = rng.normal(size=(40, 40))
    values = truth + truth.T + rng.normal(0, 0.1, (40, 40))
    row = asymmetry(square_of(names, values, half_width=0.1 * stats.norm.ppf(0.95)), [], 0.9).to_pylist()[0]
    # 780 pairs: standard errors are 2.7 % of the noise and 1.1 % of the pairs.
    assert row["mean_difference"] == pytest.approx(row["noise"], rel=0.08)
    assert row["beyond_noise"] == pytest.approx(0.1, abs=0.033)


def test_parts_are_told_apart_and_only_measured_pairs_count(square_of) -> None:
    dilution = {"a": -0.1, "b": -0.2, "c": -0.3, "d": -0.4}
    cells = square_of(list("abcd"), VALUES, dilution=dilution)
    found = {row["part"]: row for row in asymmetry(cells, [], 0.9).to_pylist()}
    # Dilutions differ by .1 (three pairs), .2 (two) and .3.
    assert found["dilution"]["mean_difference"] == pytest.approx(1 / 6)
    assert found["dilution"]["noise"] == 0
    # I[a, b] - I[b, a] = .2 is .1 without dilution, and so on: ab .1, ac .2, ad .3, bc .3, bd 0, cd .1.
    assert found["conflict"]["mean_difference"] == pytest.approx((0.1 + 0.2 + 0.3 + 0.3 + 0.0 + 0.1) / 6)
    cells.loc[(cells["language"] == "a") & (cells["added_language"] == "b"), "measured"] = False
    assert asymmetry(cells, ["d"], 0.9).to_pylist()[0]["pairs"] == 2
