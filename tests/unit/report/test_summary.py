"""Findings in words follow from rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from crosstalk.artefacts import GAMMA, SCORES
from crosstalk.report import summary
from crosstalk.report.data import Benchmark, ReportData

PIVOT = "eng_Latn"


def scores(*deltas: tuple[str, float, float | None, float | None], seed: int = 1) -> list[dict[str, object]]:
    shared = {"benchmark": "w", "seed": seed, "split": "test", "src": PIVOT, "tgt": "X", "tier": "all", "n": 9}
    rows = [{**shared, "method": "base", "metric": "BLEU", "value": 20.0, "ci_low": 19.0, "ci_high": 21.0}]
    for method, value, low, high in deltas:
        rows.append({**shared, "method": method, "metric": "BLEU", "value": 20 + value, "ci_low": 1.0, "ci_high": 99.0})
        rows.append(
            {**shared, "method": method, "metric": "BLEU_delta", "value": value, "ci_low": low, "ci_high": high}
        )
    return rows


def findings(rows: list[dict[str, object]], **changes: Any) -> list[str]:
    tables = Benchmark(scores=pa.Table.from_pylist(rows, schema=SCORES))
    data = ReportData(benchmarks={"w": tables}, baseline="base", languages={PIVOT: "English"}, **changes)
    return summary.findings(data, "w")


def test_methods_are_sorted_by_what_their_intervals_say() -> None:
    rows = scores(
        ("up", 1.24, 0.4, 2.1), ("down", -1.0, -1.5, -0.5), ("same", 0.3, -0.2, 0.8), ("bare", 2.0, None, None)
    )
    assert findings(rows, methods={"base": "Base", "up": "Upper"}) == [
        "English → X: Base reaches 20.0 BLEU; better: Upper (+1.2; +0.4 to +2.1); worse: down (−1.0; −1.5 to −0.5); "
        "same (+0.3; −0.2 to +0.8) does not differ from it; without an interval: bare (+2.0)."
    ]


@pytest.mark.parametrize(("low", "high"), [(0.0, 2.0), (-2.0, 0.0), (-1.0, 1.0)])
def test_an_interval_that_touches_0_does_not_differ(low: float, high: float) -> None:
    (finding,) = findings(scores(("nrd", 1.0, low, high)))
    assert "does not differ" in finding
    assert "better" not in finding
    assert "worse" not in finding


def test_seeds_are_averaged_and_their_intervals_spanned() -> None:
    rows = scores(("nrd", 1.0, 0.5, 1.5)) + scores(("nrd", 2.0, -0.5, 2.5), seed=2)
    assert "nrd (+1.5; −0.5 to +2.5) does not differ" in findings(rows)[0]


def test_without_baseline_only_values_are_told() -> None:
    rows = [row for row in scores(("nrd", 1.0, 0.5, 1.5)) if row["metric"] == "BLEU"]
    assert findings(rows) == ["English → X: base 20.0, nrd 21.0 BLEU."]


def test_gamma_is_told_against_its_null() -> None:
    rows = [
        {"language": code, "gamma": gamma, "null": 0.5, "null_low": 0.45, "null_high": 0.55}
        for code, gamma in (("a", 0.6), ("b", 0.5), ("c", 0.4), ("d", 0.52))
    ]
    tables = Benchmark(gamma={"foundation": pa.Table.from_pylist(rows, schema=GAMMA)})
    assert summary.findings(ReportData(benchmarks={"w": tables}), "w") == [
        "γ of foundation lies between 0.400 and 0.600; independent noise gives 0.500. "
        "Of 4 languages, γ is above it for 1, below it for 1, not different from it for 2."
    ]


def test_nothing_measured_says_nothing() -> None:
    data = ReportData(benchmarks={"w": Benchmark()})
    assert summary.findings(data, "w") == []
    assert summary.cost(data) == []


def test_costs_add_up() -> None:
    costs = pa.table(
        {
            "stage": ["train", "train", "decode"],
            "job": ["a", "b", "c"],
            "seconds": [30.0, 40.0, np.nan],
            "max_rss": [100.0, 300.0, None],
            "cpu_seconds": [60.0, 80.0, None],
        }
    )
    (said,) = summary.cost(ReportData(costs=costs))
    assert said.replace("\u00a0", " ") == (
        "The measured jobs took 1 min 10 s together; the costliest stage, train, took 1 min 10 s. "
        "The largest job used 300 MB of memory."
    )
