"""Which pairs to train next."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crosstalk.matrix.cells import square
from crosstalk.matrix.completion import full
from crosstalk.matrix.facts import MATRIX83, facts
from crosstalk.matrix.mixed import posterior, quadratic, variances
from crosstalk.matrix.prediction import designs
from crosstalk.matrix.proposals import next_pairs
from crosstalk.matrix.schemas import NEXT

LANGUAGES = sorted(MATRIX83[3:15])
FACTS = facts(LANGUAGES)


@pytest.fixture
def part(square_of) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(12, 1)) + 0.5 * rng.normal(size=12) + 0.2 * rng.normal(size=(12, 12))
    known = np.triu(rng.random((12, 12)) < 0.4, 1)
    return square_of(LANGUAGES, np.where(known | known.T, values, np.nan))


def test_the_first_pair_leaves_the_least_variance(part) -> None:
    grid = full(part, LANGUAGES)
    values = square(grid).values
    design = designs(grid, LANGUAGES, FACTS, None)["features"]
    components = variances(design, values.ravel())
    unknown = np.isnan(values) & ~np.eye(12, dtype=bool)

    def left(values: np.ndarray) -> float:
        covariance = posterior(design, values.ravel(), components).covariance
        return quadratic(design.matrix[unknown.ravel()], covariance).sum()

    remaining = {}
    for first, second in zip(*np.nonzero(np.triu(unknown)), strict=True):
        trained = values.copy()
        # What the training would say does not matter, only that it says it.
        trained[first, second], trained[second, first] = 0.3, 0.1
        remaining[LANGUAGES[first], LANGUAGES[second]] = left(trained) / left(values)
    table = next_pairs(part, LANGUAGES, FACTS, None, 3)
    assert table.schema == NEXT
    row = table.to_pylist()[0]
    assert row["remaining"] == pytest.approx(min(remaining.values()), rel=1e-6)
    assert (row["first"], row["second"]) == min(remaining, key=remaining.__getitem__)


def test_a_language_without_pairs_comes_first(part) -> None:
    alone = LANGUAGES[4]
    rest = part[(part["language"] != alone) & (part["added_language"] != alone)]
    rows = next_pairs(rest, LANGUAGES, FACTS, None, 4).to_pylist()
    assert alone in (rows[0]["first"], rows[0]["second"])
    assert [row["remaining"] for row in rows] == sorted((row["remaining"] for row in rows), reverse=True)


def test_only_untrained_pairs_are_proposed_each_once(part) -> None:
    rows = next_pairs(part, LANGUAGES, FACTS, None, 1000).to_pylist()
    proposed = [(row["first"], row["second"]) for row in rows]
    measured = {tuple(sorted(pair)) for pair in zip(part["language"], part["added_language"], strict=True)}
    assert len(proposed) == len(set(proposed)) == 66 - len(measured)
    assert not measured & set(proposed)
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))


def test_order_does_not_matter_and_a_whole_matrix_needs_nothing(part, square_of) -> None:
    table = next_pairs(part, LANGUAGES, FACTS, None, 5)
    assert next_pairs(part[::-1], LANGUAGES[::-1], FACTS[::-1], None, 5) == table
    whole = square_of(LANGUAGES, np.random.default_rng(0).normal(size=(12, 12)))
    assert next_pairs(whole, LANGUAGES, FACTS, None, 5).num_rows == 0
