"""Predictions of unmeasured cells: folds, intervals, and what is found in matrices of known structure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.design import effects
from crosstalk.matrix.prediction import best, conformal_quantile, designs, folds, predictions


def test_both_cells_of_a_pair_are_held_out_together() -> None:
    rng = np.random.default_rng(0)
    values = np.where(rng.random((20, 20)) < 0.4, 1.0, np.nan)
    np.fill_diagonal(values, np.nan)
    fold = folds(values, seed=1)
    np.testing.assert_array_equal(fold, fold.T)
    np.testing.assert_array_equal(fold >= 0, np.isfinite(values) | np.isfinite(values).T)
    counts = np.bincount(fold[np.triu(fold >= 0)])
    assert len(counts) == 10
    assert np.ptp(counts) <= 1
    assert (folds(values, seed=2) != fold).any()


def test_few_pairs_are_held_out_one_by_one() -> None:
    values = np.full((4, 4), np.nan)
    values[0, 1] = values[2, 3] = values[3, 2] = 1
    assert sorted(folds(values, seed=1)[[0, 2], [1, 3]]) == [0, 1]


def test_a_conformal_quantile_by_hand() -> None:
    scores = np.array([0.5, 0.1, 0.9, 0.3, 0.7, 0.2, 0.8, 0.4, 0.6])
    # ceil(10 x 0.8) = 8th of 9.
    assert conformal_quantile(scores, 9, 0.8) == 0.8
    assert conformal_quantile(scores, 9, 0.71) == 0.8
    # The 10th of 9 there is not: t(0.975, 8) = 2.306.
    assert conformal_quantile(scores, 9, 0.95) == pytest.approx(2.306, abs=1e-3)
    assert conformal_quantile(5 * scores, 9, 0.95) == 4.5
    # Two cells of each of 9 pairs: the 16th of 18.
    assert conformal_quantile(np.r_[scores, scores + 0.05], 9, 0.8) == pytest.approx(0.8 + 0.05)


@settings(max_examples=20)
@given(st.integers(10, 100), st.floats(0.55, 0.9), st.integers(0, 1000))
def test_a_conformal_quantile_holds_its_share(pairs: int, confidence: float, seed: int) -> None:
    scores = np.random.default_rng(seed).random(2 * pairs)
    share = np.mean(scores <= conformal_quantile(scores, pairs, confidence))
    assert confidence <= share <= confidence + 1.5 / pairs


def test_additive_matrices_are_found_again() -> None:
    rng = np.random.default_rng(0)
    truth = -0.1 + 0.03 * rng.normal(size=(20, 1)) + 0.02 * rng.normal(size=20)
    known = np.triu(rng.random((20, 20)) < 0.3, 1)
    values = np.where(known | known.T, truth, np.nan)
    found = best(predictions(values, {"effects": effects([f"l{at}" for at in range(20)])}, 0.9, seed=0))
    assert found.error < 1e-3
    np.testing.assert_allclose(found.mean, truth, atol=5e-3)


def test_a_language_with_few_pairs_gets_wider_intervals() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(20, 1)) + rng.normal(size=20) + 0.1 * rng.normal(size=(20, 20))
    np.fill_diagonal(values, np.nan)
    values[0, 2:] = values[2:, 0] = np.nan
    found = predictions(values, {"effects": effects([f"l{at:02d}" for at in range(20)])}, 0.9, seed=0)[0]
    assert (found.half_width[0, 2:] > 1.2 * found.half_width[2:, 3:].max()).all()


def test_what_is_known_of_languages_helps(square_of) -> None:
    rng = np.random.default_rng(0)
    languages = [f"l{at:02d}" for at in range(30)]
    script = np.arange(30) % 3
    values = -0.1 + 0.03 * rng.normal(size=(3, 3))[script][:, script] + 0.005 * rng.normal(size=(30, 30))
    labels = [f"s{one}" for one in script]
    facts = pd.DataFrame({"language": languages, "script": labels, "family": "", "resource_level": ""})
    known = np.triu(rng.random((30, 30)) < 0.15, 1)
    known |= known.T
    part = np.where(known, values, np.nan)
    found = predictions(part, designs(square_of(languages, part), languages, facts, None), 0.9, seed=0)
    assert [one.model.partition(" +")[0] for one in found] == ["effects", "effects", "features", "features"]
    assert found[2].error < 0.5 * found[0].error
    off = ~known & ~np.eye(30, dtype=bool)
    assert np.sqrt(np.mean((found[2].mean - values)[off] ** 2)) < 0.007


def test_too_few_pairs_are_refused() -> None:
    values = np.full((4, 4), np.nan)
    values[0, 1] = values[2, 3] = 1
    with pytest.raises(CrosstalkError, match="2 pairs are measured; expected at least 3"):
        predictions(values, {"effects": effects(list("abcd"))}, 0.9, seed=0)
