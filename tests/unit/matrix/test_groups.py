"""Blocks of families, scripts and resource levels (Matrix §3.5, §3.6)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crosstalk.matrix.groups import block_means, groups
from crosstalk.matrix.schemas import GROUPS

LANGUAGES = list("abcdef")
FACTS = pd.DataFrame(
    {
        "language": LANGUAGES,
        "script": ["X", "X", "Y", "Y", "Y", "Z"],
        "family": ["F", "F", "F", "", "G", "F"],
        "resource_level": ["high", "low", "low", "low", "", "high"],
    }
)
VALUES = -np.arange(36.0).reshape(6, 6) / 100


def rows(table, by: str, part: str = "interference") -> dict[tuple[str | None, str | None], dict]:
    return {
        (row["row_group"], row["column_group"]): row
        for row in table.to_pylist()
        if (row["by"], row["part"]) == (by, part)
    }


def test_block_means_by_hand() -> None:
    cells = 1 - np.eye(3)
    values = np.array([[9.0, 1, 2], [3, 9, 4], [5, 6, 9]])
    members = np.array([[1.0, 1, 0], [0, 0, 1]])
    found = block_means(values, cells, members, np.array([[1.0, 1, 1], [2, 1, 0]]))
    # Without the diagonal: (1 + 3) / 2, (2 + 4) / 2, (5 + 6) / 2, none.
    np.testing.assert_allclose(found[0], [[2, 3], [5.5, np.nan]])
    np.testing.assert_allclose(found[1], [[2, np.nan], [np.nan, np.nan]])


def test_blocks_by_hand(square_of) -> None:
    table = groups(square_of(LANGUAGES, VALUES), FACTS, [], 0.9)
    assert table.schema == GROUPS
    scripts = rows(table, "script")
    # Script Z has one language only.
    assert set(scripts) == {(one, other) for one in ("X", "Y", None) for other in ("X", "Y", None)}
    assert scripts["X", "X"]["mean"] == pytest.approx((VALUES[0, 1] + VALUES[1, 0]) / 2)
    assert scripts["Y", "X"]["mean"] == pytest.approx(VALUES[2:5, :2].mean())
    assert scripts["X", None]["mean"] == pytest.approx(np.r_[VALUES[0, 1:], VALUES[1, [0, 2, 3, 4, 5]]].mean())
    assert (scripts["Y", "Y"]["cells"], scripts["Y", "Y"]["row_languages"]) == (6, 3)
    assert scripts[None, None]["mean"] == pytest.approx(VALUES[~np.eye(6, dtype=bool)].mean())
    # An unknown level is no level; its language counts among all.
    assert set(rows(table, "resource_level")) == {(a, b) for a in ("high", "low", None) for b in ("high", "low", None)}


def test_families_need_three_languages_once_outliers_are_gone(square_of) -> None:
    cells = square_of(LANGUAGES, VALUES)
    assert ("F", "F") in rows(groups(cells, FACTS, ["d"], 0.9), "family")
    assert set(rows(groups(cells, FACTS, ["a", "b"], 0.9), "family")) == {(None, None)}


def test_intervals_hold_the_mean_and_the_order_does_not_matter(square_of) -> None:
    rng = np.random.default_rng(0)
    cells = square_of(LANGUAGES, rng.normal(-0.2, 0.05, (6, 6)), dilution=dict.fromkeys(LANGUAGES, -0.1))
    table = groups(cells, FACTS, [], 0.9)
    assert groups(cells.sample(frac=1, random_state=1), FACTS[::-1], [], 0.9) == table
    whole, conflict = rows(table, "script"), rows(table, "script", "conflict")
    assert all(row["low"] <= row["mean"] <= row["high"] for row in whole.values())
    assert conflict["Y", "Y"]["mean"] == pytest.approx(whole["Y", "Y"]["mean"] + 0.1)
    assert rows(table, "script", "dilution")["Y", "X"]["mean"] == pytest.approx(-0.1)
