"""Who is chosen from a matrix that was written by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from crosstalk.config.downstream import Downstream
from crosstalk.downstream.choice import choose
from crosstalk.downstream.mixtures import Languages, mixtures, unknown
from crosstalk.errors import CrosstalkError
from tests.unit.downstream.conftest import CODES, cells

A, B, C, D, E, F = CODES


def chosen(matrix: pd.DataFrame, **settings: Any) -> dict[str, list[str]]:
    """Training -> its languages, targets first."""
    table = choose(matrix, Downstream.model_validate({"targets": {A: {}}, **settings}), CODES)
    rows = table.to_pandas()
    return {str(name): part["language"].tolist() for name, part in rows.groupby("mixture", sort=False)}


def test_partners_are_the_ends_of_the_targets_row(matrix):
    found = chosen(matrix, pairs=2, group=2, friends={"added": 0})
    assert found == {
        f"{A}.untrained": [A], f"{A}.alone": [A], f"{A}.half": [A], f"{A}.low1": [A, B], f"{A}.low2": [A, C],
        f"{A}.high1": [A, F], f"{A}.high2": [A, E], f"{A}.low_group": [A, B, C], f"{A}.high_group": [A, F, E],
    }  # fmt: skip


def test_the_alphabet_decides_between_equals(matrix):
    found = chosen(matrix, targets={E: {}}, pairs=2, group=0, friends={"added": 0})
    assert [found[f"{E}.{name}"][1] for name in ("low1", "low2", "high1", "high2")] == [A, B, F, D]


def test_a_missing_cell_is_no_partner():
    found = chosen(cells(aaa_bbb={"interference": float("nan")}), pairs=1, group=2, friends={"added": 0})
    assert found[f"{A}.low1"] == [A, C]
    assert found[f"{A}.low_group"] == [A, C, D]


def test_predicted_cells_are_said_or_left_out():
    matrix, settings = cells(aaa_bbb={"measured": False}), {"pairs": 1, "group": 1, "friends": {"added": 0}}
    table = choose(matrix, Downstream.model_validate({"targets": {A: {}}, **settings}), CODES).to_pandas()
    told = table[table["role"] == "partner"].set_index("condition")
    assert told["measured"].to_dict() == {"low1": False, "high1": True, "low_group": False, "high_group": True}
    assert chosen(matrix, predicted=False, **settings)[f"{A}.low1"] == [A, C]


def test_a_partner_is_told_with_its_cell(matrix):
    settings = {"targets": {A: {}}, "pairs": 1, "group": 0, "friends": {"added": 0}}
    table = choose(matrix, Downstream.model_validate(settings), CODES)
    row = table.to_pandas().set_index(["mixture", "role"]).loc[(f"{A}.high1", "partner")]
    assert (row["language"], row["interference"], row["chosen"]) == (F, -0.05, "matrix")
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((-0.055, -0.045))


def test_a_group_of_friends_by_hand(matrix):
    # What pairs do to each other together: A and B 2 per cent, the least. Beside them, what D exchanges with A and B is
    # 4 + 4 = 8, E 6 + 4 = 10, C 8 + 14, F 13 + 8. Added to A, B and D: E does them 4, 2 and 4, C 2, 9 and 3, F 5, 7, 5.
    found = chosen(matrix, pairs=0, group=0, friends={"size": 3, "added": 1})
    assert {name: languages for name, languages in found.items() if name.startswith("group")} == {
        "group.untrained": [A, B, D], "group.alone": [A, B, D], "group.friendly1": [A, B, D, E],
        "group.unfriendly1": [A, B, D, F],
    }  # fmt: skip
    settings = {"targets": {A: {}}, "friends": {"size": 3, "added": 1}, "pairs": 0, "group": 0}
    table = choose(matrix, Downstream.model_validate(settings), CODES).to_pandas()
    rows = table[table["mixture"] == "group.unfriendly1"].set_index("language")
    assert rows["role"].to_dict() == {A: "target", B: "target", D: "target", F: "partner"}
    assert rows["interference"].to_dict() == pytest.approx({A: -0.02, B: -0.015, D: -0.015, F: -0.17 / 3})


def test_friends_can_be_chosen_among_some_languages(matrix):
    found = chosen(matrix, pairs=0, group=0, friends={"size": 2, "added": 1, "among": [A, C, E]})
    assert found["group.alone"] == [C, E]  # 3 + 2; A and E exchange 4 + 2, A and C 2 + 6


def test_named_languages_come_instead_and_unknown_ones_are_left_out(matrix):
    named = {A: {"low": [F], "high_group": [B, "kon_Latn", C]}}
    found = chosen(matrix, targets=named, pairs=2, group=2, friends={"added": 0})
    assert found[f"{A}.low1"] == [A, F]
    assert f"{A}.low2" not in found
    assert found[f"{A}.high1"] == [A, F]
    assert found[f"{A}.high_group"] == [A, B, C]
    settings = Downstream.model_validate({"targets": named})
    assert unknown(settings, CODES) == [
        f"downstream.targets.{A}.high_group: kon_Latn is not among the benchmark's languages; left out"
    ]


def test_what_is_said_beforehand_is_what_is_chosen(matrix):
    settings = Downstream.model_validate(
        {"targets": {A: {}, D: {"low": [B]}}, "pairs": 1, "group": 2, "half": False, "friends": {"size": 2}}
    )
    table = choose(matrix, settings, CODES)
    assert list(dict.fromkeys(table["mixture"].to_pylist())) == [one.name for one in mixtures(settings, CODES)]


def test_a_training_is_read_from_the_table(matrix):
    settings = {"targets": {A: {}}, "friends": {"size": 3, "added": 1}, "group": 2}
    table = choose(matrix, Downstream.model_validate(settings), CODES)
    assert Languages.of(table, "group.friendly1") == ("group.friendly1", "friendly1", (A, B, D), (A, B, D, E))
    assert Languages.of(table, f"{A}.high2") == (f"{A}.high2", "high2", (A,), (A, E))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"pairs": 3, "group": 1}, "the matrix has 5 partners of aaa_Latn; expected 6"),
        ({"pairs": 1, "group": 1, "predicted": False}, "the matrix has 1 measured partners of aaa_Latn; expected 2"),
        (
            {"pairs": 0, "group": 0, "friends": {"size": 7}},
            "6 languages to choose from have cells in the matrix; expected 7",
        ),
        ({"pairs": 0, "group": 0, "friends": {"size": 4}}, "the matrix has 2 partners of"),
    ],
)
def test_too_small_a_matrix_is_told_in_one_line(settings, message):
    unmeasured = {f"aaa_{code[:3]}": {"measured": False} for code in (B, C, D, E)}
    with pytest.raises(CrosstalkError, match=message) as caught:
        chosen(cells(**(unmeasured if "predicted" in settings else {})), **settings)
    assert "\n" not in str(caught.value)
