from __future__ import annotations

import copy

import pytest
import torch
from accelerate import Accelerator
from torch import nn

from crosstalk.config.training import Foundation
from crosstalk.training.exact import ExactUpdater, MaskedUpdater
from crosstalk.training.updates import DenseUpdater

SETTINGS = Foundation(updates=20, clip=0.0, weight_decay=0.01)
ROWS = {"a": [True, True, False, False], "b": [False, True, True, False]}
INPUTS = torch.randn(6, 3, generator=torch.Generator().manual_seed(2))


def masks(rows=ROWS):
    return {key: {"0.weight": torch.tensor(row)[:, None], "0.bias": torch.tensor(row)} for key, row in rows.items()}


@pytest.fixture
def model() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(3, 4), nn.GELU(), nn.Linear(4, 2))


def train(model, updater, languages, rate=1e-2):
    for group in languages:
        for language in group:
            updater.begin(language)
            model(INPUTS).square().sum().backward()
        updater.step(rate)


@pytest.mark.parametrize("kind", [ExactUpdater, MaskedUpdater])
def test_entries_that_no_micro_batch_of_an_update_allowed_stay_bit_identical(kind, model):
    updater = kind(model, masks(), SETTINGS, Accelerator(cpu=True))
    train(model, updater, [["a"], ["b"], ["a"]])
    before, moments = copy.deepcopy(model.state_dict()), {k: v.clone() for k, v in updater.state().items()}
    train(model, updater, [["b"]])
    for name in ("0.weight", "0.bias"):
        changed = (model.state_dict()[name] != before[name]).reshape(4, -1)
        assert changed.all(1).tolist() == changed.any(1).tolist() == [False, True, True, False]
        for moment in ("exp_avg", "exp_avg_sq"):
            changed = (updater.state()[f"{name}/{moment}"] != moments[f"{name}/{moment}"]).reshape(4, -1).any(1)
            assert changed.tolist() == [False, True, True, False]
    assert (model.state_dict()["2.weight"] != before["2.weight"]).any()
    before = copy.deepcopy(model.state_dict())
    train(model, updater, [["a", "b"]])
    assert (model.state_dict()["0.bias"] != before["0.bias"]).tolist() == [True, True, True, False]


@pytest.mark.parametrize("kind", [ExactUpdater, MaskedUpdater])
def test_masks_of_all_ones_are_adamw(kind, model):
    other = copy.deepcopy(model)
    everything = masks({"a": [True] * 4})
    train(model, kind(model, everything, SETTINGS, Accelerator(cpu=True)), [["a"]] * 5)
    train(other, DenseUpdater(other, SETTINGS, Accelerator(cpu=True)), [["a"]] * 5)
    for name, value in model.state_dict().items():
        assert torch.equal(value, other.state_dict()[name])


def test_a_micro_batch_runs_through_its_weights_only(model):
    updater = MaskedUpdater(model, masks(), SETTINGS, Accelerator(cpu=True))
    whole = copy.deepcopy(model)
    expected = {}
    for language, rows in ROWS.items():
        off = copy.deepcopy(whole)
        with torch.no_grad():
            off[0].weight[~torch.tensor(rows)], off[0].bias[~torch.tensor(rows)] = 0.0, 0.0
        expected[language] = off(INPUTS)
        with updater.selected(language):
            assert torch.equal(model(INPUTS), expected[language])
    assert torch.equal(model(INPUTS), whole(INPUTS))
    updater.begin("a")
    assert torch.equal(model(INPUTS), expected["a"])
    updater.step(1e-2)
    assert updater.variants({})["b"]["0.bias"].tolist() == ROWS["b"]


def test_gradients_of_accumulated_micro_batches_are_masked_each(model):
    """Row 1 learns from both languages, rows 0 and 2 from one: as plain gradients of each masked model say."""
    expected = torch.zeros(4, 3)
    for rows in ROWS.values():
        off, mask = copy.deepcopy(model), torch.tensor(rows)
        with torch.no_grad():
            off[0].weight[~mask], off[0].bias[~mask] = 0.0, 0.0
        off(INPUTS).square().sum().backward()
        expected += off[0].weight.grad * mask[:, None]
    updater = MaskedUpdater(model, masks(), SETTINGS, Accelerator(cpu=True))
    for language in ROWS:
        updater.begin(language)
        model(INPUTS).square().sum().backward()
    torch.testing.assert_close(model[0].weight.grad, expected)


def test_a_restored_training_goes_on_bit_identically(model):
    other = copy.deepcopy(model)
    one = MaskedUpdater(model, masks(), SETTINGS, Accelerator(cpu=True))
    train(model, one, [["a"], ["b"]])
    kept, state = copy.deepcopy(model.state_dict()), {k: v.clone() for k, v in one.state().items()}
    train(model, one, [["a"], ["b"]])
    two = MaskedUpdater(other, masks(), SETTINGS, Accelerator(cpu=True))
    other.load_state_dict(kept)
    two.restore(state)
    train(other, two, [["a"], ["b"]])
    for name, value in model.state_dict().items():
        assert torch.equal(value, other.state_dict()[name])
