from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator

from crosstalk.config.data import Sampling
from crosstalk.config.training import Foundation, Model, Pretraining
from crosstalk.errors import CrosstalkError
from crosstalk.models.xlmt import load_xlmt
from crosstalk.training import loop, recipes
from crosstalk.training.loop import Outcome

PIVOT, LENGTH = "eng_Latn", 40
COLUMNS = ["step", "loss", "dev_loss", "learning_rate", "tokens"]


def founded(small, shape: Model, sampling: Sampling, folder: Path, **changes) -> Outcome:
    """A short training from scratch, with checkpoints in ``folder``."""
    settings = Foundation(
        updates=12, warmup=2, learning_rate=3e-3, checkpoint_every=4, evaluate_every=6, average=2, sampling=sampling
    ).model_copy(update=changes)
    encoder = recipes.new_encoder(shape, small.vocabulary.size, LENGTH, 0.0, 1)
    return recipes.found(
        encoder, small.stores, small.vocabulary, shape, settings, LENGTH, PIVOT, 1, folder, Accelerator(cpu=True)
    )[1]


def test_the_loss_falls(small, shape, sampling, tmp_path):
    curve = founded(small, shape, sampling, tmp_path / "c", updates=60, checkpoint_every=60).curve.to_pandas()
    dev = curve["dev_loss"].dropna()
    assert dev.iloc[-1] < dev.iloc[0] - 0.3


def test_killed_and_resumed_equals_undisturbed(small, shape, sampling, tmp_path, monkeypatch):
    undisturbed = founded(small, shape, sampling, tmp_path / "whole", dropout=0.1)
    check = loop._check

    def killed(name, loss, update, *rest):
        if update == 9:
            raise KeyboardInterrupt
        check(name, loss, update, *rest)

    monkeypatch.setattr(loop, "_check", killed)
    with pytest.raises(KeyboardInterrupt):
        founded(small, shape, sampling, tmp_path / "cut", dropout=0.1)
    monkeypatch.setattr(loop, "_check", check)
    resumed = founded(small, shape, sampling, tmp_path / "cut", dropout=0.1)
    assert all(torch.equal(value, undisturbed.weights[name]) for name, value in resumed.weights.items())
    assert resumed.curve.select(COLUMNS).equals(undisturbed.curve.select(COLUMNS))


def test_told_to_stop_a_training_goes_on_as_if_undisturbed(small, shape, sampling, tmp_path, monkeypatch):
    undisturbed = founded(small, shape, sampling, tmp_path / "whole", dropout=0.1)
    check = loop._check
    for number, last in ((signal.SIGTERM, 6), (signal.SIGUSR1, 9), (signal.SIGTERM, 11)):

        def told(name, loss, update, *rest, number=number, last=last):
            if update == last - 2:  # noted in the next update
                os.kill(os.getpid(), number)
            check(name, loss, update, *rest)

        monkeypatch.setattr(loop, "_check", told)
        with pytest.raises(
            CrosstalkError, match=rf"told to stop \({number.name}\) after update {last} of 12; start it"
        ):
            founded(small, shape, sampling, tmp_path / "cut", dropout=0.1)
    monkeypatch.setattr(loop, "_check", check)
    resumed = founded(small, shape, sampling, tmp_path / "cut", dropout=0.1)
    assert all(torch.equal(value, undisturbed.weights[name]) for name, value in resumed.weights.items())
    assert resumed.curve.select(COLUMNS).equals(undisturbed.curve.select(COLUMNS))
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_truncated_checkpoint_is_refused_in_one_line(small, shape, sampling, tmp_path):
    founded(small, shape, sampling, tmp_path / "c")
    file = tmp_path / "c" / "00000012" / "weights.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(CrosstalkError, match=r"weights.safetensors: checkpoint is damaged.*delete"):
        founded(small, shape, sampling, tmp_path / "c", updates=12)
    shutil.rmtree(file.parent)
    assert founded(small, shape, sampling, tmp_path / "c").weights


def test_checkpoints_of_other_settings_are_not_continued(small, shape, sampling, tmp_path):
    founded(small, shape, sampling, tmp_path / "c")
    again = founded(small, shape, sampling, tmp_path / "c", learning_rate=1e-4)
    fresh = founded(small, shape, sampling, tmp_path / "d", learning_rate=1e-4)
    assert all(torch.equal(value, fresh.weights[name]) for name, value in again.weights.items())


@pytest.mark.parametrize(("rate", "message"), [(1e30, r"update \d+ .*loss is nan|diverged"), (30.0, "diverged")])
def test_a_loss_that_explodes_stops_the_training(small, shape, sampling, tmp_path, rate, message):
    with pytest.raises(CrosstalkError, match=message):
        founded(
            small, shape, sampling, tmp_path / "c", learning_rate=rate, updates=200, warmup=0, clip=0, divergence=1.5
        )


def test_accumulation_gives_the_gradient_of_the_whole_update(small, shape, tmp_path):
    """Two micro-batches accumulated equal their gradients weighted by tokens."""
    settings = Foundation(updates=1, sampling=Sampling(batch_tokens=64, accumulate=2), dropout=0.0)
    task = recipes.translation(small.stores, small.vocabulary, shape, settings, LENGTH, PIVOT, 1)
    model = recipes.from_encoder(
        recipes.new_encoder(shape, small.vocabulary.size, LENGTH, 0.0, 1), shape, small.vocabulary.size, 0.0, 1
    )
    micros = [task.micro(0, 0), task.micro(0, 1)]
    tokens = [task.tokens(micro) for micro in micros]
    parameter = model.model.encoder.layers[0].fc1.weight
    losses = [task.loss(model, micro) / count for micro, count in zip(micros, tokens, strict=True)]
    separate = [torch.autograd.grad(loss, parameter)[0] for loss in losses]
    for micro in micros:
        (task.loss(model, micro) / sum(tokens)).backward()
    expected = (separate[0] * tokens[0] + separate[1] * tokens[1]) / sum(tokens)
    torch.testing.assert_close(parameter.grad, expected, rtol=1e-4, atol=1e-7)


def test_the_masked_language_model_learns(small, shape, sampling, tmp_path):
    settings = Pretraining(
        updates=400, warmup=5, learning_rate=1e-2, evaluate_every=50, checkpoint_every=400, sampling=sampling
    )
    _, outcome = recipes.pretrain(
        small.stores,
        small.vocabulary,
        shape.model_copy(update={"aligned": 0.0}),
        settings,
        LENGTH,
        1,
        tmp_path / "c",
        Accelerator(cpu=True),
    )
    dev = outcome.curve.to_pandas()["dev_loss"].dropna()
    assert dev.iloc[-1] < dev.iloc[0] - 0.3


def test_the_masked_language_model_starts_at_unigrams(small, shape):
    encoder = recipes.new_encoder(shape, small.vocabulary.size, LENGTH, 0.0, 1)
    recipes.start_at_unigrams(encoder, small.stores)
    ids = np.concatenate([store.ids for store in small.stores.values()])
    share = ((ids == ids[0]).sum() + 1) / (len(ids) + small.vocabulary.size)
    assert encoder.lm_head.bias[ids[0]].item() == pytest.approx(np.log(share), abs=1e-5)
    assert encoder.lm_head.bias.exp().sum().item() == pytest.approx(1, abs=1e-5)


def test_a_saved_model_reads_back_and_a_truncated_one_is_refused(small, shape, sampling, tmp_path):
    outcome = founded(small, shape, sampling, tmp_path / "c")
    model = recipes.from_encoder(
        recipes.new_encoder(shape, small.vocabulary.size, LENGTH, 0.0, 1), shape, small.vocabulary.size, 0.0, 1
    )
    recipes.save(model, outcome, tmp_path / "model", tmp_path / "curve.parquet")
    again = load_xlmt(tmp_path / "model")
    assert all(torch.equal(value, outcome.weights[name]) for name, value in again.named_parameters())
    file = tmp_path / "model" / "model.safetensors"
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(CrosstalkError, match="not a readable model folder"):
        load_xlmt(tmp_path / "model")
