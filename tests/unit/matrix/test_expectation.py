"""What pairs let expect of a mix, by hand."""

from __future__ import annotations

from math import log2

import numpy as np
import pytest

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.expectation import effects, pairs_of, suffered, summary

NAMES = ["a_Latn", "b_Latn", "c_Latn"]
VALUES = np.array([[np.nan, -0.10, -0.06], [-0.04, np.nan, -0.05], [0.02, -0.03, np.nan]])
DILUTION = {"a_Latn": -0.02, "b_Latn": -0.03, "c_Latn": -0.01}


def test_in_a_pair_a_language_loses_its_cell(square_of) -> None:
    for dilution in (None, DILUTION):
        found = effects(pairs_of(square_of(NAMES, VALUES, dilution=dilution)), 2)
        np.testing.assert_allclose(found.values, VALUES, atol=1e-12)
        np.testing.assert_allclose(suffered(found.values, np.array([[0, 2]])), [[-0.06, 0.02]], atol=1e-12)


def test_three_by_hand(square_of) -> None:
    mix = np.array([[2, 0, 1]])
    without = effects(pairs_of(square_of(NAMES, VALUES)), 3)
    np.testing.assert_allclose(suffered(without.values, mix), [[-0.01, -0.16, -0.09]], atol=1e-12)
    found = effects(pairs_of(square_of(NAMES, VALUES, dilution=DILUTION)), 3)
    expected = [[0.03 - 0.02 - 0.01 * log2(3), -0.08 - 0.04 - 0.02 * log2(3), -0.01 - 0.02 - 0.03 * log2(3)]]
    np.testing.assert_allclose(suffered(found.values, mix), expected, atol=1e-12)
    np.testing.assert_allclose(suffered(found.half_width, mix), [[0.02, 0.02, 0.02]], atol=1e-12)


def test_worst_and_mean() -> None:
    each = np.array([[-0.01, -0.16, -0.09], [0.0, 0.03, -0.06]])
    assert summary(each, "worst").tolist() == [-0.16, -0.06]
    np.testing.assert_allclose(summary(each, "mean"), [-0.26 / 3, -0.01])


def test_unknown_cells_stay_unknown_and_repeated_ones_are_told(square_of) -> None:
    lacking = VALUES.copy()
    lacking[0, 1] = np.nan
    found = effects(pairs_of(square_of(NAMES, lacking)), 3)
    assert np.isnan(suffered(found.values, np.array([[0, 1, 2]]))).tolist() == [[True, False, False]]
    cells = square_of(NAMES, VALUES)
    with pytest.raises(CrosstalkError, match="twice"):
        pairs_of(cells.loc[[0, 0]])
