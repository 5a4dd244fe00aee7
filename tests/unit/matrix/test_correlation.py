"""Interference against similarity (Matrix §4, Fig. 7)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.correlation import correlation
from crosstalk.matrix.schemas import CORRELATION

LANGUAGES = [f"l{at:02d}" for at in range(20)]
RNG = np.random.default_rng(0)
VALUES = RNG.normal(-0.1, 0.05, (20, 20))
CLOSENESS = RNG.uniform(0, 1, (20, 20))
CLOSENESS = CLOSENESS + CLOSENESS.T


def table_of(values: np.ndarray) -> pd.DataFrame:
    pairs = [(i, j) for i in range(20) for j in range(20) if i != j]
    rows = [(LANGUAGES[i], LANGUAGES[j], values[i, j]) for i, j in pairs]
    return pd.DataFrame(rows, columns=["language", "added_language", "similarity"])


def rows(table) -> dict[tuple[str | None, str, str], dict]:
    return {(row["language"], row["part"], row["over"]): row for row in table.to_pylist()}


def test_correlations_are_spearmans(square_of) -> None:
    dilution = {language: -0.01 * at for at, language in enumerate(LANGUAGES)}
    table = correlation(square_of(LANGUAGES, VALUES, dilution=dilution), table_of(CLOSENESS), [], 0.9)
    assert table.schema == CORRELATION
    found, off = rows(table), ~np.eye(20, dtype=bool)
    each = [stats.spearmanr(VALUES[at, off[at]], CLOSENESS[at, off[at]]).statistic for at in range(20)]
    assert [found[name, "interference", "row"]["rank_correlation"] for name in LANGUAGES] == pytest.approx(each)
    assert found[None, "interference", "rows"]["rank_correlation"] == pytest.approx(np.mean(each))
    conflict = VALUES + 0.01 * np.arange(20)[:, None]
    for part, values in (("interference", VALUES), ("conflict", conflict)):
        expected = stats.spearmanr(values[off], CLOSENESS[off]).statistic
        assert found[None, part, "cells"]["rank_correlation"] == pytest.approx(expected)
    assert len(found) == 20 + 1 + 2


def test_intervals_hold_the_truth(square_of) -> None:
    closeness = CLOSENESS
    found = rows(correlation(square_of(LANGUAGES, VALUES), table_of(closeness), [], 0.95))
    overall = found[None, "interference", "cells"]
    assert overall["low"] < 0 < overall["high"]
    assert np.mean([row["low"] <= 0 <= row["high"] for row in found.values()]) > 0.8
    related = rows(correlation(square_of(LANGUAGES, VALUES), table_of(VALUES + 0.02 * CLOSENESS), [], 0.95))
    assert related[None, "interference", "rows"]["low"] > 0.5


def test_outliers_and_predictions_do_not_count_nor_does_order(square_of) -> None:
    cells = square_of(LANGUAGES, VALUES)
    table = correlation(cells, table_of(CLOSENESS), ["l05"], 0.9)
    touched = (cells["language"] == "l05") | (cells["added_language"] == "l05")
    assert correlation(cells.assign(measured=~touched)[::-1], table_of(CLOSENESS)[::-1], [], 0.9) == table


def test_a_pair_without_similarity_is_named(square_of) -> None:
    with pytest.raises(CrosstalkError, match="l00 with l01 is missing"):
        correlation(square_of(LANGUAGES, VALUES), table_of(CLOSENESS)[1:], [], 0.9)
