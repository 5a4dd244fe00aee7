"""The whole matrix from part of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.completion import complete
from crosstalk.matrix.facts import MATRIX83, facts
from crosstalk.matrix.schemas import INTERFERENCE

LANGUAGES = MATRIX83[3:19]
FACTS = facts(LANGUAGES)


@pytest.fixture
def part(square_of) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    values = -0.2 + 0.05 * rng.normal(size=(16, 1)) + 0.03 * rng.normal(size=16) + 0.01 * rng.normal(size=(16, 16))
    known = np.triu(rng.random((16, 16)) < 0.4, 1)
    dilution = {language: -0.01 * at for at, language in enumerate(LANGUAGES)}
    return square_of(LANGUAGES, np.where(known | known.T, values, np.nan), dilution=dilution)


def test_measured_cells_stay_and_the_others_are_marked(part) -> None:
    table = complete(part, LANGUAGES, FACTS, None, 0.9)
    assert table.schema == INTERFERENCE
    whole = table.to_pandas()
    assert len(whole) == 16 * 15
    assert list(zip(whole["language"], whole["added_language"], strict=True)) == sorted(
        zip(whole["language"], whole["added_language"], strict=True)
    )
    key = ["language", "added_language"]
    kept = whole[whole["measured"]].sort_values(key, ignore_index=True)
    pd.testing.assert_frame_equal(kept, part.sort_values(key, ignore_index=True), check_dtype=False)
    predicted = whole[~whole["measured"]]
    assert len(predicted) == 16 * 15 - len(part)
    assert (predicted["interval"] == "prediction").all()
    assert predicted[["loss_alone", "loss_half", "loss_pair"]].isna().all(axis=None)
    assert (predicted["seeds"] == 0).all()
    assert (predicted["ci_low"] < predicted["interference"]).all()
    np.testing.assert_allclose(predicted["dilution"] + predicted["conflict"], predicted["interference"])
    np.testing.assert_allclose(predicted["dilution"], [-0.01 * LANGUAGES.index(one) for one in predicted["language"]])
    np.testing.assert_allclose(
        predicted["conflict_high"] - predicted["conflict"], predicted["ci_high"] - predicted["interference"]
    )


def test_the_order_of_cells_languages_and_facts_does_not_matter(part) -> None:
    table = complete(part, LANGUAGES, FACTS, None, 0.9, seed=4)
    assert complete(part[::-1], LANGUAGES[::-1], FACTS.sample(frac=1, random_state=0), None, 0.9, seed=4) == table


def test_predictions_among_the_cells_are_made_anew(part) -> None:
    table = complete(part, LANGUAGES, FACTS, None, 0.9)
    assert complete(table.to_pandas(), LANGUAGES, FACTS, None, 0.9) == table


def test_a_whole_matrix_stays_as_it_is(square_of) -> None:
    cells = square_of(list("ab"), np.array([[0, -0.1], [-0.2, 0]]))
    pd.testing.assert_frame_equal(
        complete(cells, ["b", "a"], FACTS, None, 0.9).to_pandas().dropna(axis=1),
        cells.dropna(axis=1),
        check_dtype=False,
    )


def test_a_language_without_any_pair_is_predicted_too(part) -> None:
    language = LANGUAGES[0]
    rest = part[(part["language"] != language) & (part["added_language"] != language)]
    whole = complete(rest, LANGUAGES, FACTS, None, 0.9).to_pandas()
    assert whole["interference"].notna().all()
    assert whole.loc[whole["language"] == language, ["dilution", "conflict"]].isna().all(axis=None)


def test_cells_of_other_languages_are_refused(part) -> None:
    with pytest.raises(CrosstalkError, match=f"{LANGUAGES[0]!r} is none of the languages"):
        complete(part, LANGUAGES[1:], FACTS, None, 0.9)
