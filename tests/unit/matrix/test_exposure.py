"""Whether the exposure controls change the answer (METHODS §2, 6)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crosstalk.matrix.exposure import exposure
from crosstalk.matrix.schemas import EXPOSURE

LANGUAGES = list("abcdef")
CONFLICT = -np.random.default_rng(0).uniform(0, 0.1, (6, 6))


def values(table) -> dict[str, float]:
    return {row["quantity"]: row["value"] for row in table.to_pylist()}


def test_shares_by_hand(cells_of) -> None:
    cells = cells_of(
        {("a", "b"): -0.2, ("b", "a"): -0.4, ("a", "c"): -0.2, ("c", "a"): -0.2, ("b", "c"): -0.4, ("c", "b"): -0.4},
        {"a": -0.1, "b": -0.2, "c": -0.3},
    )
    table = exposure(cells, [], 0.9)
    assert table.schema == EXPOSURE
    # Dilution adds up to 1.2 of 1.8; deviations of I: +-.1, of dilution .1 0 -.1 a row: cov .02/6 + .0, var .06/6.
    assert values(table)["dilution_share"] == pytest.approx(1.2 / 1.8)
    assert values(table)["dilution_variance"] == pytest.approx(0.02 / 0.06)


def test_equal_dilution_changes_no_rank(square_of) -> None:
    found = values(exposure(square_of(LANGUAGES, CONFLICT - 0.1, dilution=dict.fromkeys(LANGUAGES, -0.1)), [], 0.9))
    assert found["cells"] == found["robustness"] == found["friendliness"] == pytest.approx(1)
    assert found["dilution_variance"] == pytest.approx(0)


def test_dilution_can_turn_robustness_round(square_of) -> None:
    # The less a language's partners take from it, the more does halving its batches.
    conflict = -0.01 * np.arange(6.0)[:, None] - 0.001 * np.arange(6.0)
    dilution = {language: -0.1 + 0.02 * at for at, language in enumerate(LANGUAGES)}
    whole = conflict + np.array(list(dilution.values()))[:, None]
    table = exposure(square_of(LANGUAGES, whole, dilution=dilution), [], 0.9)
    assert values(table)["robustness"] == pytest.approx(-1)
    share = table.to_pylist()[0]
    assert share["low"] < share["value"] < share["high"]


def test_predictions_do_not_count_nor_does_order(square_of) -> None:
    cells = square_of(LANGUAGES, CONFLICT - 0.1, dilution={language: -0.01 * ord(language) for language in LANGUAGES})
    some = cells[(cells["language"] != "f") & (cells["added_language"] != "f")]
    predicted = cells.drop(some.index).assign(measured=False)
    assert exposure(predicted, [], 0.9).num_rows == 0
    table = exposure(some, [], 0.9)
    assert exposure(pd.concat([predicted, some[::-1]]), [], 0.9) == table
    assert exposure(cells, ["f"], 0.9) == table


def test_without_exposure_runs_there_is_nothing_to_say(square_of) -> None:
    assert exposure(square_of(LANGUAGES, CONFLICT), [], 0.9).num_rows == 0
