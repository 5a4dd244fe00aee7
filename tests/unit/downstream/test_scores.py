"""Score rows from predictions written by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crosstalk.artefacts import SCORES
from crosstalk.config.downstream import Downstream, Protocol
from crosstalk.downstream.choice import choose
from crosstalk.downstream.intervals import estimate
from crosstalk.downstream.scores import score
from tests.unit.downstream.conftest import CODES

A, B, C, D, E, F = CODES
SETTINGS = Downstream.model_validate(
    {"targets": {A: {}, D: {}}, "pairs": 2, "group": 2, "friends": {"size": 2, "added": 1}, "half": False}
)
ORIGIN = {"topics": {"config_hash": "c", "data_hash": "d", "commit": "e"}}


def predictions(partners: pd.DataFrame, right: dict[str, list[float]], ids: dict[str, list[str]]) -> pd.DataFrame:
    """Two experiments on four sentences; ``right``: condition -> share of experiments that is right, by sentence."""
    rows = []
    for (mixture, condition), part in partners.groupby(["mixture", "condition"], sort=False):
        for language in part.loc[part["role"] == "target", "language"]:
            for place, sentence in enumerate(ids.get(language, ["s0", "s1", "s2", "s3"])):
                for experiment in range(2):
                    hit = experiment < 2 * right.get(condition, [1, 1, 1, 1])[place]
                    rows.append(
                        {"mixture": mixture, "task": "topics", "language": language, "sentence_id": sentence,
                         "experiment": experiment, "label": "x", "predicted": "x" if hit else "y"}
                    )  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture
def partners(matrix) -> pd.DataFrame:
    return choose(matrix, SETTINGS, CODES).to_pandas()


LOW, OTHER, HIGH = [1, 1, 0.5, 0.5], [1, 0.5, 0.5, 0], [0.5, 0, 0.5, 0]
RIGHT = {"low1": LOW, "low2": OTHER, "high1": HIGH, "high2": HIGH, "untrained": [0, 0.5, 0, 0], "friendly1": LOW}


def scored(partners: pd.DataFrame, ids: dict[str, list[str]] | None = None, seeds: int = 2) -> pd.DataFrame:
    tables = {
        seed: predictions(partners, RIGHT if seed == 1 else {**RIGHT, "low1": OTHER}, ids or {})
        for seed in range(1, seeds + 1)
    }
    table = score(tables, partners, {"topics": Protocol(experiments=2)}, 0.95, ORIGIN)
    assert table.schema.equals(SCORES)
    return table.to_pandas()


def one(rows: pd.DataFrame, tier: str, language: str, method: str, metric: str, seed: int | None = None) -> pd.Series:
    chosen = rows[(rows["tier"] == tier) & (rows["tgt"] == language) & (rows["method"] == method)]
    chosen = chosen[(chosen["metric"] == metric) & (chosen["seed"].isna() if seed is None else chosen["seed"] == seed)]
    assert len(chosen) == 1
    return chosen.iloc[0]


def test_accuracies_of_a_seed_and_of_all(partners):
    rows = scored(partners)
    assert one(rows, "target", A, "low1", "accuracy", 1)["value"] == pytest.approx(75)
    assert one(rows, "target", A, "low1", "accuracy", 2)["value"] == pytest.approx(50)
    whole = one(rows, "target", A, "low1", "accuracy")
    assert tuple(whole[["value", "ci_low", "ci_high"]]) == pytest.approx(estimate(100 * np.array([LOW, OTHER]), 0.95))
    assert whole["n"] == 4
    assert whole["src"] == B
    assert one(rows, "target", A, "low_group", "accuracy")["src"] == f"{B}+{C}"


def test_partners_of_a_kind_are_put_together_and_compared_pair_by_pair(partners):
    rows = scored(partners)
    low = 100 * np.array([np.add(LOW, OTHER) / 2, OTHER])
    difference = one(rows, "target", A, "low", "accuracy_to_high")
    expected = estimate(low - 100 * np.array([HIGH, HIGH]), 0.95)
    assert tuple(difference[["value", "ci_low", "ci_high"]]) == pytest.approx(expected)
    assert one(rows, "target", A, "low", "accuracy")["value"] == pytest.approx(low.mean())
    assert one(rows, "target", A, "low", "accuracy_to_alone")["value"] == pytest.approx(low.mean() - 100)
    assert one(rows, "target", A, "alone", "accuracy_to_untrained")["value"] == pytest.approx(87.5)


def test_a_group_is_apart_from_targets(partners):
    rows = scored(partners)
    assert set(rows[rows["tier"] == "group"]["tgt"]) == {A, B, "X"}
    friendly = one(rows, "group", B, "friendly", "accuracy_to_unfriendly")
    assert friendly["value"] == pytest.approx(75 - 100)
    assert one(rows, "group", A, "friendly1", "accuracy")["src"].split("+")[0] == B
    assert "low" not in set(rows[rows["tier"] == "group"]["method"])


def test_means_over_languages_need_the_same_sentences(partners):
    rows = scored(partners)
    assert one(rows, "target", "X", "low1", "accuracy")["value"] == pytest.approx(62.5)
    rows = scored(partners, {D: ["t0", "t1", "t2", "t3"]})
    assert "X" not in set(rows[rows["tier"] == "target"]["tgt"])
    assert one(rows, "target", D, "low1", "accuracy", 1)["value"] == pytest.approx(75)


def test_rows_say_where_they_come_from(partners):
    rows = scored(partners, seeds=1)
    assert rows[["config_hash", "data_hash", "commit"]].drop_duplicates().to_numpy().tolist() == [["c", "d", "e"]]
    assert set(rows["benchmark"]) == {"topics"}
    assert set(rows["signature"]) == {
        "mteb:2.26.24|logistic:100|experiments:2|samples:8|seed:42|interval:seeds+sentences"
    }
