"""Findings of part 2 in words follow from rows."""

from __future__ import annotations

import dataclasses
from typing import Any

import pyarrow as pa
import pytest

from crosstalk.matrix import schemas
from crosstalk.report.matrix_data import MatrixTables
from crosstalk.report.matrix_summary import findings


def of(**tables: Any) -> str:
    rows = {name: pa.Table.from_pylist(rows, schema=getattr(schemas, name.upper())) for name, rows in tables.items()}
    return " ".join(findings(MatrixTables(**rows))).replace("\u00a0", " ")


def cell(one: str, other: str, value: float, half: float, measured: bool = True) -> dict[str, object]:
    bounds = {"ci_low": value - half, "ci_high": value + half}
    return {"language": one, "added_language": other, "interference": value, "measured": measured, **bounds}


def test_nothing_measured_says_nothing() -> None:
    assert findings(MatrixTables()) == []


def test_cells_are_counted_by_what_their_intervals_say() -> None:
    rows = [
        cell("a", "b", -0.05, 0.01),
        cell("b", "a", 0.03, 0.01),
        cell("a", "c", -0.01, 0.02),
        cell("c", "a", -0.9, 0.01, measured=False),
    ]
    text = of(interference=rows)
    assert "by −1.00 % on average over 3 measured ordered pairs of 3 languages (−5.00 to +3.00 %" in text
    assert "harm is shown in 1, help is shown in 1, neither is shown in 1." in text
    assert "1 of 4 cells are predictions, not measurements, and marked so; " in text


def test_fully_measured_matrices_mention_no_predictions() -> None:
    assert "prediction" not in of(interference=[cell("a", "b", -0.05, 0.01), cell("b", "a", 0.03, 0.01)])


def test_predictions_are_judged_by_the_chosen_model() -> None:
    shared = {"confidence": 0.9, "pairs": 10, "held_out": 30}
    rows = [
        {**shared, "draw": 0, "model": "x", "chosen": True, "rank_correlation": 0.713, "coverage": 0.884},
        {**shared, "draw": 1, "model": "x", "chosen": True, "rank_correlation": 0.733, "coverage": 0.904},
        {**shared, "draw": 0, "model": "y", "chosen": False, "rank_correlation": 0.1, "coverage": 0.2},
    ]
    assert of(validation=rows) == (
        "Held out for a test, measured pairs are predicted from others: from 25 % of them a rank correlation of 0.72, "
        "with 89.4 % of the values inside intervals of 90 %."
    )


@pytest.mark.parametrize(("low", "says"), [(0.018, "is asymmetric"), (0.004, "Asymmetry: not shown")])
def test_asymmetry_is_more_than_noise(low: float, says: str) -> None:
    row = {"part": "interference", "pairs": 36, "mean_difference": 0.02, "mean_difference_low": low}
    text = of(asymmetry=[row | {"mean_difference_high": 0.03, "noise": 0.006, "beyond_noise": 0.61}])
    assert "differ by 2.00 %" in text
    assert "noise alone would give 0.60 %; 61 % of 36 pairs" in text
    assert says in text


def sharing(part: str, by: str, low: float, high: float, adjusted: bool = False) -> dict[str, object]:
    compared = by == "script - family"
    bounds = {"low": low, "high": high}
    name = "explained" if compared else "difference"
    values = {name: (low + high) / 2, **{f"{name}_{end}": value for end, value in bounds.items()}}
    return {"part": part, "by": by, "adjusted": adjusted, **values}


def test_sharing_is_shown_only_where_its_interval_excludes_zero() -> None:
    rows = [
        sharing("interference", "script", 0.01, 0.03),
        sharing("interference", "family", -0.01, 0.02),
        sharing("interference", "script - family", -0.02, 0.1),
        sharing("interference", "script - family", 0.02, 0.1, adjusted=True),
    ]
    text = of(sharing=rows)
    assert "those that do not: a script +2.00 % (+1.00 to +3.00 %), less interference; " in text
    assert "a family +0.50 % (−1.00 to +2.00 %), not shown, the interval includes 0." in text
    assert (
        "by +4.0 points (−2.0 to +10.0) of the cells' variance as it is: not shown, the interval includes 0; " in text
    )
    assert "by +6.0 points (+2.0 to +10.0) with row and column means taken out: script says more." in text


@pytest.mark.parametrize(
    ("low", "says"),
    [(0.005, "every answer on sharing stays"), (-0.005, "a script: less interference becomes not shown")],
)
def test_answers_are_compared_without_dilution(low: float, says: str) -> None:
    assert says in of(sharing=[sharing("interference", "script", 0.01, 0.03), sharing("conflict", "script", low, 0.03)])


def test_exposure_is_said_with_its_intervals() -> None:
    rows = [
        {"quantity": "dilution_share", "value": 0.52, "low": 0.4, "high": 0.6},
        {"quantity": "cells", "value": 0.8, "low": 0.7, "high": 0.9},
    ]
    assert of(exposure=rows) == (
        "Exposure control: half of each batch alone makes 52 % (40 to 60 %) of the mean interference; rank correlation "
        "of interference with what is left (conflict): cells +0.80 (+0.70 to +0.90)."
    )


def test_outliers_and_training_are_named(nine: MatrixTables) -> None:
    runs = [
        {"language": code, "half": False, "first_loss": 9.0, "last_loss": last, "seed": 1}
        for code, last in (("a", 5.0), ("b", 8.0))
    ]
    rows = [
        {"language": "a", "outlier": True, "loss_alone": 5.0, "frequency_loss": 5.5},
        {"language": "b", "outlier": False, "loss_alone": 8.0, "frequency_loss": 6.0},
    ]
    text = of(runs=runs, convergence=rows)
    assert "falls from 9.00 to 6.50 nats on average, least for b (from 9.00 to 8.00)" in text
    assert "left out of what follows: a." in text
    assert "of 1 of 2 languages do better on the test sentences than guessing tokens by their frequency (6.50" in text
    assert "train longer" in text
    assert "train longer" not in of(convergence=rows[:1])
    assert "No language is an outlier" in of(convergence=[{"language": "a", "outlier": False}])
    assert len(findings(nine)) > len(findings(dataclasses.replace(nine, asymmetry=None, exposure=None)))


def test_similarity_is_judged_over_rows() -> None:
    row = {"part": "interference", "over": "rows", "rank_correlation": 0.21}
    tables = {"own": pa.Table.from_pylist([row | {"low": -0.05, "high": 0.4}], schema=schemas.CORRELATION)}
    (text,) = findings(MatrixTables(correlation=tables))
    assert text.endswith("+0.21 (−0.05 to +0.40); a relation is not shown, the interval includes 0.")
