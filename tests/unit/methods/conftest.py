from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from accelerate import Accelerator

from crosstalk.config.data import Sampling
from crosstalk.config.training import Specialisation
from crosstalk.methods.given import Given
from crosstalk.methods.registry import options
from crosstalk.methods.specialise import specialise
from crosstalk.models.variants import Variants
from crosstalk.training import recipes
from crosstalk.training.loop import Outcome


@pytest.fixture
def given(small, shape, xlmt) -> Given:
    """The small corpus and model, six updates of two micro-batches."""
    settings = Specialisation(
        updates=6, warmup=0, learning_rate=1e-2, average=1, evaluate_every=6, checkpoint_every=3, dropout=0.0,
        sampling=Sampling(batch_tokens=64, accumulate=2),
    )  # fmt: skip
    return Given(
        xlmt, small.stores, small.vocabulary, None, shape, settings, {}, 40, "eng_Latn", 1, Accelerator(cpu=True)
    )


@pytest.fixture
def train(given, tmp_path):
    """Train by a module with options, and write the model folder."""

    def run(training: str, name: str = "", **chosen: object) -> tuple[Outcome, Path]:
        folder = tmp_path / (name or training)
        own = replace(given, options=options(training, chosen))
        model, outcome = specialise(training, own, tmp_path / f"{folder.name}.c")
        recipes.save(model, outcome, folder, tmp_path / f"{folder.name}.curve.parquet")
        return outcome, folder

    return run


@pytest.fixture
def read():
    """A model folder and its variants."""
    from crosstalk.models.xlmt import load_xlmt

    def read(folder: Path):
        model = load_xlmt(folder).eval()
        return model, Variants(folder, model)

    return read
