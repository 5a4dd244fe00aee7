from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch

from crosstalk.config.data import Sampling
from crosstalk.methods.specialise import specialise
from crosstalk.methods.training import sparse
from crosstalk.training.loop import Outcome
from crosstalk.training.units import UnitUpdater


@pytest.fixture
def partition() -> pd.DataFrame:
    """Unit 0 of both layers is semantic; each language has syntax-sensitive units of its own in layer 1."""
    rows = []
    for language, own in (("eng_Latn", [3, 4]), ("qaa_Latn", [5]), ("qab_Cyrl", [])):
        for layer in (0, 1):
            for unit in range(24):
                role = "semantic" if unit == 0 else "syntactic" if layer == 1 and unit in own else "other"
                rows.append((layer, unit, language, role))
    return pd.DataFrame(rows, columns=["layer", "unit", "language", "role"])


def test_a_language_may_change_its_semantic_and_its_own_units(given, partition, monkeypatch):
    found = {}
    monkeypatch.setattr(UnitUpdater, "__init__", lambda _self, _model, allowed, *_rest: found.update(allowed))
    sparse.updater(replace(given, partition=partition))
    assert {language: [layer.tolist() for layer in allowed.layers] for language, allowed in found.items()} == {
        "eng_Latn": [[0], [0, 3, 4]],
        "qaa_Latn": [[0], [0, 5]],
        "qab_Cyrl": [[0], [0]],
    }


def test_specialising_moves_the_partitions_units_and_nothing_else(given, partition, tmp_path):
    before = {name: value.clone() for name, value in given.model.named_parameters()}
    settings = given.settings.model_copy(update={"sampling": Sampling(batch_tokens=64)})

    def run(rows: pd.DataFrame, folder: Path) -> Outcome:
        given.model.load_state_dict(before, strict=False)
        return specialise("sparse", replace(given, partition=rows, settings=settings), folder)[1]

    outcome = run(partition, tmp_path / "c")
    changed = {name for name, value in outcome.weights.items() if not torch.equal(value, before[name])}
    layers = [f"model.encoder.layers.{layer}." for layer in (0, 1)]
    assert changed == {layer + part for layer in layers for part in ("fc1.weight", "fc1.bias", "fc2.weight")}
    moved = (outcome.weights[layers[1] + "fc1.weight"] != before[layers[1] + "fc1.weight"]).any(1).nonzero()[:, 0]
    assert moved.tolist() == [0, 3, 4, 5]

    # Checkpoints of this partition are not continued with another.
    other = run(partition.assign(role=partition["role"].where(partition["unit"] != 4, "other")), tmp_path / "c")
    moved = (other.weights[layers[1] + "fc1.weight"] != before[layers[1] + "fc1.weight"]).any(1).nonzero()[:, 0]
    assert moved.tolist() == [0, 3, 5]
