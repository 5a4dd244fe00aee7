"""Checkpoints are continued only by the training that wrote them."""

from __future__ import annotations

from pathlib import Path

import torch
from accelerate import Accelerator

from crosstalk.config.data import Sampling
from crosstalk.config.training import Foundation, Model
from crosstalk.models.encoder import new_encoder
from crosstalk.training import recipes
from crosstalk.training.checkpoints import beside
from crosstalk.training.loop import Outcome


def founded(small, shape: Model, sampling: Sampling, folder: Path, encoder_seed: int) -> Outcome:
    settings = Foundation(updates=4, warmup=1, checkpoint_every=2, evaluate_every=4, average=1, sampling=sampling)
    encoder = new_encoder(shape, small.vocabulary.size, 40, 0.0, encoder_seed)
    stores, vocabulary, accelerator = small.stores, small.vocabulary, Accelerator(cpu=True)
    return recipes.found(encoder, stores, vocabulary, shape, settings, 40, "eng_Latn", 1, folder, accelerator)[1]


def test_another_encoder_starts_anew(small, shape, sampling, tmp_path):
    first = founded(small, shape, sampling, tmp_path / "kept", 1)
    other = founded(small, shape, sampling, tmp_path / "kept", 2)
    alone = founded(small, shape, sampling, tmp_path / "alone", 2)
    assert all(torch.equal(value, alone.weights[name]) for name, value in other.weights.items())
    assert not all(torch.equal(value, first.weights[name]) for name, value in other.weights.items())


def test_a_written_model_needs_its_checkpoints_no_more(small, shape, sampling, tmp_path):
    folder = tmp_path / "foundation"
    outcome = founded(small, shape, sampling, beside(folder), 1)
    assert beside(folder).exists()
    encoder = new_encoder(shape, small.vocabulary.size, 40, 0.0, 1)
    recipes.save(
        recipes.from_encoder(encoder, shape, small.vocabulary.size, 0.0, 1), outcome, folder, tmp_path / "curve.parquet"
    )
    assert folder.exists()
    assert not beside(folder).exists()
