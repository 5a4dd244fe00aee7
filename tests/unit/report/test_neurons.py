"""Overlaps, roles and quantiles of units against hand-computed ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crosstalk.report import neurons


def partition(roles: dict[str, list[str]], layer: int = 0) -> pd.DataFrame:
    names = {"m": "semantic", "y": "syntactic", "o": "other"}
    return pd.DataFrame(
        [
            {"site": "ffn", "layer": layer, "unit": unit, "language": language, "role": names[role]}
            for language, row in roles.items()
            for unit, role in enumerate(row)
        ]
    )


def pair(table: pd.DataFrame, first: str, second: str) -> pd.Series:
    return table[(table["first"] == first) & (table["second"] == second)].iloc[0]


def test_overlap_of_two_languages() -> None:
    found = neurons.overlaps(partition({"a": list("mmyyyoooo" + "o"), "b": list("mmoyyyooo" + "o")}))
    row = pair(found, "a", "b")
    assert row["shared"] == 2
    assert row["jaccard"] == pytest.approx(2 / 4)
    by_chance = 3 * 3 / 8  # of ten units two are semantic
    assert row["expected"] == pytest.approx(by_chance / (6 - by_chance))
    assert pair(found, "b", "a")["jaccard"] == row["jaccard"]
    assert pair(found, "a", "a")["jaccard"] == 1


def test_expected_overlap_counts_each_layer_by_itself() -> None:
    table = pd.concat(
        [
            partition({"a": list("yyoo"), "b": list("yyoo")}, layer=0),
            partition({"a": list("oooo"), "b": list("yyyy")}, layer=1),
        ]
    )
    by_chance = 2 * 2 / 4 + 0
    assert pair(neurons.overlaps(table), "a", "b")["expected"] == pytest.approx(by_chance / (2 + 6 - by_chance))


def test_expected_overlap_is_that_of_random_sets() -> None:
    rng = np.random.default_rng(3)
    drawn = []
    for _ in range(60):
        roles = {}
        for language in "ab":
            row = np.full(60, "o")
            row[rng.choice(60, 15, replace=False)] = "y"
            roles[language] = row.tolist()
        drawn.append(pair(neurons.overlaps(partition(roles)), "a", "b"))
    assert np.mean([row["jaccard"] for row in drawn]) == pytest.approx(drawn[0]["expected"], abs=0.02)


def test_no_syntactic_units_have_no_overlap() -> None:
    row = pair(neurons.overlaps(partition({"a": list("mo"), "b": list("mo")})), "a", "b")
    assert np.isnan(row["jaccard"])
    assert np.isnan(row["expected"])


def test_roles_add_up_to_the_units_of_a_layer() -> None:
    counts = neurons.role_counts(partition({"a": list("myyyo"), "b": list("moyyo"), "c": list("mooyo")}))
    assert dict(zip(counts["role"], counts["units"], strict=True)) == {
        "semantic": 1,
        "syntactic in one language": 1,
        "syntactic in several": 1,
        "syntactic in all": 1,
        "other": 1,
    }


def test_silent_units_are_counted_apart() -> None:
    profile = pd.DataFrame({"site": "ffn", "layer": 0, "language": "a", "within": [0.0, 0.0, 1.0, 2.0, 3.0]})
    row = neurons.quantiles(profile).iloc[0]
    assert (row["units"], row["silent"], row["q50"]) == (5, 2, 2.0)


def test_the_encoders_output_is_no_layer() -> None:
    profile = pd.DataFrame({"site": ["ffn", "output"], "layer": [0, 1], "language": "a", "within": [1.0, 2.0]})
    assert list(neurons.quantiles(profile)["place"]) == ["Layer 0", "Encoder output"]
