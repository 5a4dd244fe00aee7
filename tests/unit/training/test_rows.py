"""Chosen output units of linear maps are trained, and nothing else, bit for bit."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator
from safetensors.torch import load_file
from torch import nn

from crosstalk.config.training import Optimisation
from crosstalk.training.moments import RowMoments
from crosstalk.training.rows import RowUpdater
from tests.unit.training.row_worker import ALLOWED, batch, new_model

CHECKOUT = Path(__file__).parents[3]
SETTINGS = Optimisation(updates=1, clip=0.0, dropout=0.0, weight_decay=0.01)


def train(
    model: nn.Module, updates: int, allowed=None, settings: Optimisation = SETTINGS, languages="ab"
) -> RowUpdater:
    updater = RowUpdater(model, allowed or ALLOWED, settings, Accelerator(cpu=True))
    for update in range(updates):
        for language in languages:
            updater.begin(language)
            batch(model, update, language).backward()
        updater.step(1e-2)
    return updater


def changed(model: nn.Module, before: dict[str, torch.Tensor]) -> dict[str, list[int]]:
    """Rows of each parameter that differ."""
    return {
        name: sorted({int(row) for row in (value != before[name]).nonzero()[:, 0]})
        for name, value in model.state_dict().items()
    }


def test_only_the_chosen_rows_change():
    model = new_model()
    before = copy.deepcopy(model.state_dict())
    train(model, 5)
    assert changed(model, before) == {
        "0.weight": [],
        "0.bias": [],
        "2.weight": [0, 1, 4],
        "2.bias": [0, 1, 4],
        "4.weight": [2, 3],
    }


def test_a_batch_changes_the_rows_of_its_own_language():
    model = new_model()
    before = copy.deepcopy(model.state_dict())
    train(model, 5, languages="b")
    assert changed(model, before)["2.weight"] == [1, 4]
    assert changed(model, before)["4.weight"] == [3]


def test_a_language_that_is_absent_keeps_its_moments():
    model = new_model()
    updater = train(model, 3)
    state = {name: value.clone() for name, value in updater.state().items()}
    updater.begin("b")
    batch(model, 9, "b").backward()
    updater.step(1e-2)
    moments = updater.state()["2/first_moments"]
    # Rows 0, 1 and 4 are kept; row 0 is language a's alone.
    assert torch.equal(moments[0], state["2/first_moments"][0])
    assert not torch.equal(moments[1], state["2/first_moments"][1])


def test_all_rows_of_all_maps_are_trained_as_adamw_trains_them():
    ours, theirs = new_model(), new_model()
    every = {
        name: torch.arange(module.out_features) for name, module in ours.named_modules() if hasattr(module, "weight")
    }
    train(ours, 4, {"a": every, "b": every})
    adam = torch.optim.AdamW(
        theirs.parameters(), lr=1e-2, betas=SETTINGS.betas, eps=SETTINGS.eps, weight_decay=SETTINGS.weight_decay
    )
    for update in range(4):
        adam.zero_grad()
        for language in "ab":
            batch(theirs, update, language).backward()
        adam.step()
    for name, value in ours.state_dict().items():
        torch.testing.assert_close(value, theirs.state_dict()[name], rtol=0, atol=1e-6, msg=name)


def test_nothing_is_computed_below_the_lowest_chosen_layer():
    model = new_model()
    train(model, 1)
    seen: list[str] = []
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear):
            module.register_full_backward_hook(lambda *_args, name=name: seen.append(name))
    batch(model, 0, "a").backward()
    assert seen == ["4", "2"]
    assert model[0].weight.grad is None


def test_adam_keeps_numbers_for_chosen_rows_only():
    # Three rows of 6 + 1 numbers and two of 5, with two moments each and a step.
    assert train(new_model(), 1).numbers == 2 * (3 * 7 + 2 * 5) + 5


def test_a_continued_training_is_an_undisturbed_one():
    whole, parted = new_model(), new_model()
    train(whole, 4)
    first = train(parted, 2)
    again = RowUpdater(parted, ALLOWED, SETTINGS, Accelerator(cpu=True))
    again.restore({name: value.clone() for name, value in first.state().items()})
    for update in (2, 3):
        for language in "ab":
            again.begin(language)
            batch(parted, update, language).backward()
        again.step(1e-2)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, parted.state_dict()[name]), name


def test_clipping_scales_the_whole_gradient():
    model = new_model()
    updater = RowUpdater(model, ALLOWED, SETTINGS.model_copy(update={"clip": 1e-3}), Accelerator(cpu=True))
    updater.begin("a")
    batch(model, 0, "a").backward()
    gradient = torch.cat([model[2].weight.grad.flatten(), model[2].bias.grad, model[4].weight.grad.flatten()])
    assert updater.step(1e-2) == pytest.approx(float(gradient.norm()), rel=1e-5)
    # The first moment of a first step is a tenth of the clipped gradient.
    moments = torch.cat([value.flatten() for name, value in updater.state().items() if name.endswith("first_moments")])
    assert float(moments.norm()) == pytest.approx(0.1 * 1e-3, rel=1e-2)


def test_two_processes_with_shards_agree_with_one(tmp_path):
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    for processes, prefix in ((1, []), (2, launcher)):
        call = [sys.executable, *prefix, "-m", "tests.unit.training.row_worker", str(tmp_path / f"{processes}")]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(call, cwd=CHECKOUT, env=environment, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 0, done.stderr
    one, two = (load_file(tmp_path / f"{processes}.safetensors") for processes in (1, 2))
    start = new_model().state_dict()
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, rtol=0, atol=1e-5, msg=name)
        assert torch.equal(two[name] == start[name], value == start[name]), name
    assert not torch.equal(one["2.weight"], start["2.weight"])


def test_frozen_rows_keep_their_bits_where_most_are_trained():
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(4, 6))
    with torch.no_grad():
        model[0].weight[5], model[0].bias[5] = -0.0, -0.0
    before = copy.deepcopy(model.state_dict())
    allowed = {"a": {"0": torch.arange(5)}, "b": {"0": torch.arange(6)}}
    updater = RowUpdater(model, allowed, SETTINGS, Accelerator(cpu=True))
    for _ in range(3):
        updater.begin("a")
        model(torch.randn(3, 4)).square().sum().backward()
        updater.step(1e-2)
    for name, value in model.state_dict().items():
        assert torch.equal(value[5].view(torch.int32), before[name][5].view(torch.int32)), name
        assert (value[:5] != before[name][:5]).any(), name
    assert not updater.state()["0/first_moments"][5].any()
    assert updater.state()["0/steps"].tolist() == [3, 3, 3, 3, 3, 0]


def test_most_rows_advance_as_some_do():
    ours, theirs = (RowMoments(6, 5, torch.device("cpu")) for _ in range(2))
    for step in range(4):
        active = torch.arange(6) != step % 3
        gradient = torch.randn(6, 5, generator=torch.Generator().manual_seed(step)) * active[:, None]
        at = torch.nonzero(active).flatten()
        changes = ours.advance_most(active, gradient, SETTINGS)
        torch.testing.assert_close(changes[at], theirs.advance(at, gradient[at], SETTINGS), rtol=1e-6, atol=0)
        assert not changes[~active].any()
    for name, value in ours.state().items():
        torch.testing.assert_close(value, theirs.state()[name], rtol=1e-6, atol=1e-12, msg=name)
