from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from crosstalk.neurons.probe import accuracies, probe_language, truth


@pytest.fixture
def sentences() -> tuple[np.ndarray, pd.DataFrame]:
    """240 sentences: units 0 to 9 follow the voice, 10 to 19 the agent, 20 to 39 nothing."""
    rng = np.random.default_rng(4)
    labels = pd.DataFrame(
        {
            "voice": rng.choice(["active", "passive"], 240),
            "order": "SVO",
            "fronted": "none",
            "action": "sees",
            "agent": rng.choice(["dog", "cat", "bird"], 240),
        }
    )
    labels.loc[:4, "agent"] = "whale"
    activations = rng.normal(size=(240, 40)).astype(np.float32)
    activations[:, :10] += 3 * (labels["voice"] == "passive").to_numpy()[:, None]
    activations[:, 10:20] += 3 * labels["agent"].factorize()[0][:, None]
    return activations, labels


def test_a_probe_reads_what_is_there_and_chance_elsewhere(sentences):
    activations, labels = sentences
    values = labels["voice"].to_numpy(dtype=object)
    train = np.arange(240) < 120
    there, elsewhere = accuracies(activations, values, train, np.stack([np.arange(10), np.arange(20, 30)]))
    assert there > 0.95
    assert elsewhere == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize("label", ["voice", "agent"])
def test_probes_answer_as_scikit_learns_ridge_classifier_does(sentences, label):
    activations, labels = sentences
    activations[:, 30] = 5.0  # a unit that never moves
    values = labels[label].to_numpy(dtype=object)
    train = np.random.default_rng(1).permutation(240) < 120
    draws = np.random.default_rng(2).permutation(40)[:36].reshape(6, 6)
    expected = []
    for units in draws:
        probe = make_pipeline(StandardScaler(), RidgeClassifier(alpha=1.0)).fit(
            activations[train][:, units], values[train]
        )
        answers = probe.predict(activations[~train][:, units])
        expected.append(balanced_accuracy_score(values[~train], answers))
    assert accuracies(activations, values, train, draws) == pytest.approx(expected, abs=1e-12)


def test_roles_are_probed_for_labels_that_vary(sentences):
    roles = {"syntactic": np.arange(10), "semantic": np.arange(10, 20), "empty": np.arange(0)}
    rows = probe_language(*sentences, roles, seed=1, draws=3)
    assert sorted(zip(rows["label"], rows["units"], strict=True)) == [
        (label, units) for label in ("agent", "voice") for units in ("random", "semantic", "syntactic")
    ]
    found = rows.set_index(["label", "units"])["accuracy"]
    assert found["voice", "syntactic"] > found["voice", "random"] > found["voice", "semantic"]
    assert found["agent", "semantic"] > found["agent", "random"] > found["agent", "syntactic"]
    pd.testing.assert_frame_equal(rows, probe_language(*sentences, roles, seed=1, draws=3))


def test_truth_is_a_mean_over_languages_beside_random_units():
    columns = ["label", "units", "accuracy"]
    first = pd.DataFrame([("voice", "syntactic", 0.9), ("voice", "random", 0.6)], columns=columns)
    second = pd.DataFrame([("voice", "syntactic", 0.7), ("voice", "random", 0.6)], columns=columns)
    table = truth({"aaa_Latn": first, "bbb_Latn": second}, seed=1).to_pandas().set_index("units")
    assert table.loc["syntactic", "accuracy"] == pytest.approx(0.8)
    assert table.loc["syntactic", "difference"] == pytest.approx(0.2)
    assert table.loc["syntactic", ["ci_low", "ci_high"]].tolist() == pytest.approx([0.7, 0.9])
    assert table.loc["syntactic", ["difference_low", "difference_high"]].tolist() == pytest.approx([0.1, 0.3])
    assert table.loc["random", "accuracy"] == pytest.approx(0.6)
    assert np.isnan(table.loc["random", "difference"])
