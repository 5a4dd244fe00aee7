"""Robustness and friendliness (Matrix §3.4)."""

from __future__ import annotations

import numpy as np
import pytest

from crosstalk.matrix.cells import square
from crosstalk.matrix.robustness import column_means, robustness, row_means
from crosstalk.matrix.schemas import ROBUSTNESS

VALUES = np.array([[0.0, -1, -3], [-2, 0, -6], [-4, -8, 0]]) / 10


def test_row_and_column_means_by_hand(square_of) -> None:
    cells = square(square_of(list("abc"), VALUES))
    np.testing.assert_allclose(row_means(cells, np.ones((1, 3))), [[-0.2, -0.4, -0.6]])
    np.testing.assert_allclose(column_means(cells, np.ones((1, 3))), [[-0.3, -0.45, -0.45]])
    # c twice, b not drawn: a row of c itself has only a.
    weights = np.array([[1.0, 0, 2]])
    np.testing.assert_allclose(row_means(cells, weights), [[-0.3, -1.4 / 3, -0.4]])


def test_outliers_count_in_one_half_of_the_table(square_of) -> None:
    table = robustness(square_of(list("abc"), VALUES), ["c"], 0.9)
    assert table.schema == ROBUSTNESS
    rows = table.to_pylist()
    assert [(row["language"], row["outliers"]) for row in rows] == [
        *[("a", True), ("b", True), ("c", True)],
        *[("a", False), ("b", False)],
    ]
    assert [row["robustness"] for row in rows] == pytest.approx([-0.2, -0.4, -0.6, -0.1, -0.2])
    assert [row["friendliness"] for row in rows[3:]] == pytest.approx([-0.2, -0.1])
    assert [row["partners"] for row in rows] == [2, 2, 2, 1, 1]


def test_intervals_are_over_partners_and_predictions_are_told(square_of) -> None:
    rng = np.random.default_rng(0)
    names = [f"l{at:02d}" for at in range(40)]
    cells = square_of(names, rng.normal(-0.1, 0.02, (40, 40)))
    cells.loc[cells["added_language"] == "l01", "measured"] = False
    row = robustness(cells, [], 0.95).to_pylist()[0]
    # 39 partners with standard deviation 0.02.
    assert (row["robustness_high"] - row["robustness_low"]) / 2 == pytest.approx(1.96 * 0.02 / 39**0.5, rel=0.3)
    assert row["robustness_low"] < row["robustness"] < row["robustness_high"]
    assert row["measured"] == pytest.approx(38 / 39)


def test_each_part_has_its_rows_and_the_order_of_cells_does_not_matter(square_of) -> None:
    cells = square_of(list("abc"), VALUES, dilution={"a": -0.05, "b": -0.1, "c": -0.2})
    table = robustness(cells, ["b"], 0.9)
    assert robustness(cells.sample(frac=1, random_state=1), ["b"], 0.9) == table
    found = {(row["language"], row["part"]): row for row in table.to_pylist() if row["outliers"]}
    assert found["a", "dilution"]["robustness"] == pytest.approx(-0.05)
    assert found["a", "conflict"]["robustness"] == pytest.approx(-0.15)
    # Columns of dilution hold what the others lose: (-0.1 - 0.2) / 2.
    assert found["a", "dilution"]["friendliness"] == pytest.approx(-0.15)
