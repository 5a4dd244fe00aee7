"""Advice: mixes by hand, intervals, what is said of predictions, and requests that cannot be met."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.advice import Advice, Request, advise, proposed
from crosstalk.matrix.measurement import flat
from crosstalk.matrix.schemas import ADVICE

NAMES = ["a_Latn", "b_Latn", "c_Latn", "d_Latn"]
VALUES = np.array(
    [
        [np.nan, -0.01, -0.04, -0.02],
        [-0.03, np.nan, -0.01, -0.02],
        [-0.02, -0.05, np.nan, -0.01],
        [-0.01, -0.02, -0.03, np.nan],
    ]
)


@pytest.fixture
def cells(square_of) -> pd.DataFrame:
    return square_of(NAMES, VALUES)


def test_nothing_is_proposed_where_languages_are_too_few(cells):
    assert proposed(cells, Request([], 3)).equals(advise(cells, Request([], 3)).table)
    assert proposed(cells, Request([], 5)).equals(ADVICE.empty_table())


def of(found: Advice, rank: int = 1) -> pd.DataFrame:
    table = found.table.to_pandas()
    return table[table["rank"] == rank].set_index("language")


def mixes(found: Advice) -> list[str]:
    return ["".join(name[0] for name in mix) for mix in found.table.to_pandas().drop_duplicates("rank")["mix"]]


def test_three_mixes_by_hand(cells) -> None:
    """Sums of rows: abc -0.05 -0.04 -0.07, abd -0.03 -0.05 -0.03, acd -0.06 -0.03 -0.04."""
    found = advise(cells, Request(["a_Latn"], 2))
    assert found.table.schema == ADVICE
    assert mixes(found) == ["abd", "acd", "abc"]
    assert (found.considered, found.proven, found.candidates) == (3, 3, NAMES[1:])
    best = of(found)
    np.testing.assert_allclose(best["interference"], [-0.03, -0.05, -0.03])
    np.testing.assert_allclose(best["expected"], -0.05)
    assert best["kept"].tolist() == [True, False, False]
    np.testing.assert_allclose(best["costs_others"], [(-0.03 - 0.01) / 2, (-0.01 - 0.02) / 2, (-0.02 - 0.02) / 2])
    # Without a: b and d; without b: a and d; without d: a and b.
    np.testing.assert_allclose(best["without"], [-0.02, -0.02, -0.03])
    mean = advise(cells, Request(["a_Latn"], 2, objective="mean"))
    assert mixes(mean) == ["abd", "acd", "abc"]
    np.testing.assert_allclose(of(mean)["expected"], -0.11 / 3)


def test_intervals_add_up_the_widths_of_the_cells(square_of) -> None:
    found = of(advise(square_of(NAMES, VALUES, half_width=0.004), Request(["a_Latn"], 2)))
    np.testing.assert_allclose(found["ci_low"], found["interference"] - 0.008)
    np.testing.assert_allclose(found["ci_high"], found["interference"] + 0.008)
    np.testing.assert_allclose(found[["expected_low", "expected_high"]], [[-0.058, -0.042]] * 3)
    mean = of(advise(square_of(NAMES, VALUES, half_width=0.004), Request(["a_Latn"], 2, objective="mean")))
    np.testing.assert_allclose(mean["expected_high"] - mean["expected_low"], 0.016)


def test_languages_to_exclude_and_a_list_of_candidates(cells) -> None:
    assert mixes(advise(cells, Request(["a_Latn"], 2, exclude=["d_Latn"]))) == ["abc"]
    assert mixes(advise(cells, Request(["a_Latn"], 1, candidates=["c_Latn", "a_Latn"]))) == ["ac"]
    assert len(advise(cells, Request([], 2, top=20)).table) == 2 * 6


def test_languages_to_keep_alone_are_judged(cells) -> None:
    found = advise(cells, Request(["d_Latn", "c_Latn", "b_Latn"], 0))
    assert mixes(found) == ["dcb"]
    np.testing.assert_allclose(of(found)["without"], [-0.05, -0.02, -0.03])
    assert of(found)["kept"].all()
    pair = advise(cells, Request(["d_Latn", "c_Latn"], 0))
    assert of(pair)["without"].tolist() == [0.0, 0.0]


def test_predicted_cells_are_counted(cells) -> None:
    cells.loc[(cells["language"] == "b_Latn") & (cells["added_language"] == "a_Latn"), "measured"] = False
    table = advise(cells, Request(["a_Latn"], 2)).table.to_pandas().drop_duplicates("rank")
    assert table["measured"].round(6).tolist() == [round(5 / 6, 6), 1.0, round(5 / 6, 6)]


def test_candidates_without_a_cell_are_left_out_and_told(square_of) -> None:
    values = VALUES.copy()
    values[3, 0] = np.nan
    found = advise(square_of(NAMES, values), Request(["a_Latn"], 2))
    assert (found.lacking, mixes(found)) == (["d_Latn"], ["abc"])
    values = VALUES.copy()
    values[1, 2] = np.nan
    assert mixes(advise(square_of(NAMES, values), Request(["a_Latn"], 2))) == ["abd", "acd"]


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(6)), st.integers(0, 99), st.sampled_from(["worst", "mean"]))
def test_other_names_give_the_same_mixes_under_other_names(order, seed: int, objective) -> None:
    names = [f"{letter}_Latn" for letter in "abcdef"]
    values = np.random.default_rng(seed).normal(-0.03, 0.02, (6, 6))

    def advised(called: list[str]) -> tuple[list[float], list[set[str]]]:
        rows = [
            {
                "language": called[i], "added_language": called[j], "interference": values[i, j],
                "ci_low": values[i, j] - 0.01, "ci_high": values[i, j] + 0.01, "measured": True,
                "dilution": np.nan, "conflict": np.nan,
            }
            for i in range(6) for j in range(6) if i != j
        ]  # fmt: skip
        table = advise(pd.DataFrame(rows), Request([called[0]], 2, objective=objective)).table.to_pandas()
        table = table.drop_duplicates("rank")
        return table["expected"].tolist(), [{called.index(name) for name in mix} for mix in table["mix"]]

    plain, turned = advised(names), advised([names[at] for at in order])
    np.testing.assert_allclose(plain[0], turned[0])
    assert plain[1] == turned[1]


@pytest.mark.parametrize(
    ("request_of", "message"),
    [
        (Request(["a_Ltn"], 2), "keep: unknown 'a_Ltn'; did you mean 'a_Latn'?"),
        (Request(["a_Latn"], 2, exclude=["zzz"]), "exclude: unknown 'zzz'; known: a_Latn, b_Latn, c_Latn, d_Latn"),
        (Request(["a_Latn"], 2, candidates=["b_Latm"]), "candidates: unknown 'b_Latm'; did you mean 'b_Latn'?"),
        (Request(["a_Latn", "b_Latn", "a_Latn"], 1), "keep: 'a_Latn' twice; expected each language once"),
        (Request(["a_Latn"], 1, exclude=["a_Latn"]), "exclude: 'a_Latn' is to keep as well; expected one of the two"),
        (Request(["a_Latn"], 4), "add: 4 languages of 3 candidates; expected no more than there are"),
        (Request(["a_Latn"], 0), "add: 0 makes mixes of 1 languages; expected at least 2"),
        (Request(["a_Latn", "b_Latn"], -1), "add: -1 makes mixes of 1 languages; expected at least 2"),
        (Request(["a_Latn"], 2, top=0), "top: 0; expected at least 1"),
    ],
)
def test_what_cannot_be_asked(cells, request_of: Request, message: str) -> None:
    with pytest.raises(CrosstalkError) as told:
        advise(cells, request_of)
    assert str(told.value) == message


def test_missing_cells_are_told(square_of) -> None:
    values = VALUES.copy()
    values[0, 1] = np.nan
    with pytest.raises(CrosstalkError, match=r"^interference: a_Latn with b_Latn is missing"):
        advise(square_of(NAMES, values), Request(["a_Latn", "b_Latn"], 1))
    values = np.where(np.isin(np.arange(4), [0]) | np.isin(np.arange(4), [0])[:, None], VALUES, np.nan)
    with pytest.raises(CrosstalkError, match=r"^interference: no mix of 3 languages has all its cells"):
        advise(square_of(NAMES, values), Request(["a_Latn"], 2))


def test_every_mix_is_ranked_when_all_are_asked_for(square_of) -> None:
    names = [f"{letter}_Latn" for letter in "abcdefg"]
    values = np.random.default_rng(4).normal(-0.03, 0.02, (7, 7))
    found = advise(square_of(names, values), Request([], 3, top=99)).table.to_pandas().drop_duplicates("rank")
    assert len({tuple(mix) for mix in found["mix"]}) == len(list(combinations(names, 3))) == len(found)
    assert found["expected"].is_monotonic_decreasing


def test_a_mix_is_one_text_in_a_csv_file(cells) -> None:
    table = advise(cells, Request(["a_Latn"], 1, top=1)).table
    (mix,) = set(flat(table)["mix"])
    assert mix.split("+") == table["mix"][0].as_py()
    assert list(flat(table).columns) == table.column_names
