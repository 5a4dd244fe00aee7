"""Whether sharing a script, family or resource level tells (Matrix §3.5)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.explained import contrast, without_main_effects
from crosstalk.matrix.schemas import SHARING
from crosstalk.matrix.sharing import p_values, same, sharing

LANGUAGES = [f"l{at:02d}" for at in range(24)]
FACTS = pd.DataFrame(
    {
        "language": LANGUAGES,
        "script": [f"s{at % 4}" for at in range(24)],
        "family": [f"f{at}" for at in np.random.default_rng(0).integers(5, size=24)],
        "resource_level": ["high", "low", ""] * 8,
    }
)
SCRIPTS, FAMILIES = (same(FACTS[name].to_numpy(object)) for name in ("script", "family"))


def effects(seed: int) -> np.ndarray:
    """Row and column effects and noise."""
    rng = np.random.default_rng(seed)
    return -0.1 + 0.03 * rng.normal(size=(24, 1)) + 0.02 * rng.normal(size=24) + 0.01 * rng.normal(size=(24, 24))


def rows(table) -> dict[tuple[str, bool], dict]:
    return {(row["by"], row["adjusted"]): row for row in table.to_pylist() if row["part"] == "interference"}


def test_an_unknown_label_is_shared_with_none() -> None:
    np.testing.assert_array_equal(
        same(np.array(["a", "", "a", ""], object)), [[1, 0, 1, 0], [0, 0, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0]]
    )


def test_a_contrast_by_hand() -> None:
    values = np.array([[0.0, 4, 2], [6, 0, 1], [3, 0, 0]])
    feature = np.array([[1.0, 1, 0], [1, 1, 0], [0, 0, 1]])
    weights = np.array([1 - np.eye(3), [[0.0, 1, 1], [2, 0, 1], [1, 1, 0]]])
    found = contrast(values, feature[None], weights, adjusted=False)
    # Cells 4, 6 share; 2, 1, 3, 0 do not; squares about the mean 8/3: 23 1/3, between the groups 2 x 49/9 + 4 x 49/36.
    assert (found.within[0, 0], found.between[0, 0]) == pytest.approx((5, 1.5))
    assert found.correlation[0, 0] ** 2 == pytest.approx((2 * 49 / 9 + 4 * 49 / 36) / (70 / 3))
    # Under the second weights a cell counts twice.
    assert found.within[1, 0] == pytest.approx(16 / 3)


def test_residuals_are_those_of_least_squares() -> None:
    rng = np.random.default_rng(0)
    values, weights = rng.normal(size=(1, 6, 6)), rng.integers(0, 3, (6, 6)) * (1.0 - np.eye(6))
    row, column = np.indices((6, 6)).reshape(2, -1)
    design = np.concatenate([np.eye(6)[row], np.eye(6)[column]], axis=1)
    root = np.sqrt(weights.ravel())[:, None]
    effects = np.linalg.lstsq(design * root, values.ravel() * root[:, 0])[0]
    expected = (values.ravel() - design @ effects).reshape(6, 6)
    counted = weights > 0
    np.testing.assert_allclose(without_main_effects(values, weights[None])[0, 0][counted], expected[counted], atol=1e-7)


def test_main_effects_explain_nothing_once_they_are_out() -> None:
    values = np.arange(24.0)[:, None] + np.arange(24.0) ** 2
    found = contrast(values, SCRIPTS[None], 1 - np.eye(24)[None], adjusted=True)
    assert np.isnan(found.correlation).all()
    np.testing.assert_allclose([found.within, found.between], 0, atol=1e-6)


def test_p_by_hand() -> None:
    permuted = np.array([[0.1, 1], [-0.6, 1], [0.5, 1]])
    np.testing.assert_allclose(p_values(np.array([0.5, np.nan]), permuted), [3 / 4, np.nan])


def test_the_script_is_found_where_it_counts(square_of) -> None:
    table = sharing(square_of(LANGUAGES, effects(0) + 0.02 * SCRIPTS), FACTS, [], 0.9)
    assert table.schema == SHARING
    found = rows(table)
    script, family = found["script", True], found["family", True]
    assert script["difference_low"] < 0.02 < script["difference_high"]
    assert script["p"] == pytest.approx(1 / 1001)
    assert script["explained_low"] < script["explained"] < script["explained_high"]
    assert family["p"] > 0.05
    assert family["difference_low"] < 0 < family["difference_high"]
    comparison = found["script - family", True]
    assert comparison["explained"] == pytest.approx(script["explained"] - family["explained"])
    assert comparison["explained_low"] > 0
    assert comparison["p"] < 0.01
    assert comparison["within"] is comparison["pairs_within"] is None
    assert script["pairs_within"] == 4 * 15


def test_nothing_is_found_in_noise(square_of) -> None:
    facts = FACTS.assign(resource_level="")
    tables = [rows(sharing(square_of(LANGUAGES, effects(seed)), facts, [], 0.9)) for seed in (1, 2)]
    p = [table[by, True]["p"] for table in tables for by in ("script", "family")]
    # Uniform on (0, 1): all four above 0.005 in 98 of 100 tries.
    assert min(p) > 0.005
    assert max(p) > 0.3


def test_conflict_and_interference_share_what_is_adjusted() -> None:
    values, weights = effects(0) + 0.02 * SCRIPTS, 1 - np.eye(24)[None]
    conflict = values + 0.01 * np.arange(24.0)[:, None]
    for one, other in zip(*(contrast(each, SCRIPTS[None], weights, True) for each in (values, conflict)), strict=True):
        np.testing.assert_allclose(other, one, atol=1e-8)


def test_only_measured_cells_count_and_their_order_does_not(square_of) -> None:
    values = effects(0) + 0.02 * SCRIPTS
    cells = square_of(LANGUAGES, values)
    some = cells.sample(frac=0.5, random_state=0)
    table = sharing(some, FACTS, ["l03"], 0.9)
    predicted = cells.drop(some.index).assign(measured=False, interference=1.0)
    assert sharing(pd.concat([predicted, some]), FACTS[::-1], ["l03"], 0.9) == table
    assert rows(table)["script", False]["explained"] is not None


def test_languages_of_unknown_level_are_left_out_and_facts_must_be_there(square_of) -> None:
    cells = square_of(LANGUAGES, effects(0))
    # 16 languages have a level, 8 of them each: 28 pairs within high and 28 within low.
    assert rows(sharing(cells, FACTS, [], 0.9))["resource_level", False]["pairs_within"] == 56
    with pytest.raises(CrosstalkError, match="'l00' is missing"):
        sharing(cells, FACTS[1:], [], 0.9)
