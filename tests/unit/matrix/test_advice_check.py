"""Expected beside realised interference, by hand."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.advice_check import check, ranks
from crosstalk.matrix.schemas import ADVICE_CHECK, ADVICE_RANKS, MIX_RUNS

NAMES = [f"{letter}_Latn" for letter in "abcdef"]


@pytest.fixture
def cells(square_of) -> pd.DataFrame:
    values = np.random.default_rng(2).normal(-0.04, 0.02, (6, 6))
    return square_of(NAMES, values, half_width=0.004)


def runs_of(seeds: tuple[int, ...] = (1, 2)) -> pd.DataFrame:
    rows = [
        {"language": name, "added_language": added, "half": half, "seed": seed, "loss": loss + at + seed / 10}
        for at, name in enumerate(NAMES)
        for seed in seeds
        for added, half, loss in ((None, False, 4.0), (None, True, 5.0), (NAMES[at - 1], False, 6.0))
    ]
    return pd.DataFrame(rows)


def mixes_of(realised: dict[tuple[str, ...], list[float]], seeds: tuple[int, ...] = (1, 2)) -> pd.DataFrame:
    """Mixes in which languages have the given interference; with the second seed, 0.01 more, with the first, less."""
    alone = {
        (row.language, row.seed): row.loss
        for row in runs_of(seeds).itertuples()
        if pd.isna(row.added_language) and not row.half
    }
    rows = []
    for mix, values in realised.items():
        for language, value in zip(mix, values, strict=True):
            for number, seed in enumerate(seeds):
                loss = alone[language, seed] * (1 - value - 0.01 * (-1) ** (number + 1))
                rows.append({"mix": list(mix), "language": language, "seed": seed, "loss": loss})
    return pd.DataFrame(rows)


def test_rows_by_hand(cells) -> None:
    mix = ("a_Latn", "c_Latn", "e_Latn")
    table = check(runs_of(), mixes_of({mix: [-0.1, -0.2, 0.05]}), cells)
    assert table.schema == ADVICE_CHECK
    rows = table.to_pandas()
    assert rows["language"].tolist() == list(mix)
    np.testing.assert_allclose(rows["realised"], [-0.1, -0.2, 0.05])
    np.testing.assert_allclose(rows["loss_alone"], [4.15, 6.15, 8.15])
    at = cells.set_index(["language", "added_language"])["interference"]
    expected = [sum(at[one, other] for other in mix if other != one) for one in mix]
    np.testing.assert_allclose(rows["expected"], expected)
    np.testing.assert_allclose(rows["ci_high"] - rows["ci_low"], 4 * 0.004)
    assert rows[["size", "seeds"]].to_numpy().tolist() == [[3, 2]] * 3


def test_a_perfect_and_a_reversed_forecast(cells) -> None:
    mixes = [*combinations(NAMES, 3), *combinations(NAMES, 4)]
    expected = check(runs_of(), mixes_of({mix: [0.0] * len(mix) for mix in mixes}), cells).to_pandas()
    by_mix = {tuple(mix): rows["expected"].tolist() for mix, rows in expected.groupby(expected["mix"].map(tuple))}
    for sign in (1, -1):
        realised = {mix: [sign * value for value in values] for mix, values in by_mix.items()}
        table = ranks(check(runs_of(), mixes_of(realised), cells).to_pandas(), 0.95)
        assert table.schema == ADVICE_RANKS
        found = table.to_pandas()
        assert found.groupby("objective").size().to_dict() == {"worst": 3, "mean": 3, "language": 3, "partners": 3}
        mean = found[found["objective"] == "mean"]
        assert mean["mixes"].tolist() == [20, 15, 35]
        np.testing.assert_allclose(mean[["rank_correlation", "low", "high"]], sign)
        assert found["error"].max() < 1e-12 if sign > 0 else found["error"].min() > 0.05
        assert (found["inside"] == 1).all() if sign > 0 else (found["inside"] < 1).all()


def test_partners_tell_what_a_languages_own_mean_does_not(cells) -> None:
    """Realised is each language's own constant: languages are foretold as far as they differ, partners are not."""
    own = cells.groupby("language")["interference"].mean()
    mixes = list(combinations(NAMES, 3))
    random = np.random.default_rng(3)
    realised = {mix: [2 * own[name] + random.normal(0, 1e-6) for name in mix] for mix in mixes}
    found = ranks(check(runs_of(), mixes_of(realised), cells).to_pandas(), 0.95).to_pandas()
    found = found[found["size"].isna()].set_index("objective")["rank_correlation"]
    assert found["language"] > 0.4
    assert abs(found["partners"]) < 0.3


def test_sizes_do_not_help_to_rank(cells) -> None:
    """Larger mixes lose more; but within each size the forecast is random, and so is what is told."""
    random = np.random.default_rng(1)
    mixes = [*combinations(NAMES, 2), *combinations(NAMES, 4)]
    realised = {mix: list(-0.1 * len(mix) + random.normal(0, 0.01, len(mix))) for mix in mixes}
    found = ranks(check(runs_of(), mixes_of(realised), cells).to_pandas(), 0.95).to_pandas()
    (whole,) = found[(found["objective"] == "mean") & found["size"].isna()].to_dict("records")
    assert abs(whole["rank_correlation"]) < 0.5
    assert whole["low"] < 0 < whole["high"]


def test_fewer_than_three_mixes_of_a_size_rank_nothing(cells) -> None:
    mixes = list(combinations(NAMES, 3))[:2]
    table = check(runs_of(), mixes_of({mix: [-0.1, -0.2, -0.3] for mix in mixes}), cells)
    assert len(ranks(table.to_pandas(), 0.95)) == 0


def test_what_is_missing_is_named(cells) -> None:
    with pytest.raises(CrosstalkError, match=r"^mixes: none; expected"):
        check(runs_of(), MIX_RUNS.empty_table().to_pandas(), cells)
    mixes = mixes_of({("a_Latn", "c_Latn"): [-0.1, -0.2]}, (1, 3))
    with pytest.raises(CrosstalkError, match=r"^runs: a_Latn alone \(seed 3\) is missing"):
        check(runs_of((1, 2)), mixes, cells)
    mixes = mixes_of({("a_Latn", "c_Latn"): [-0.1, -0.2]})
    without = cells[(cells["language"] != "a_Latn") & (cells["added_language"] != "a_Latn")]
    with pytest.raises(CrosstalkError, match=r"^interference: a_Latn is missing"):
        check(runs_of(), mixes, without)
    without = cells[~((cells["language"] == "a_Latn") & (cells["added_language"] == "c_Latn"))]
    with pytest.raises(CrosstalkError, match=r"^interference: cells of a_Latn\+c_Latn are missing"):
        check(runs_of(), mixes, without)
