"""A model that has learnt a little, so that it reads its source and ends its hypotheses, some of them late."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from accelerate import Accelerator

from crosstalk.config.data import Sampling
from crosstalk.config.training import Foundation, Model
from crosstalk.models.encoder import new_encoder
from crosstalk.tokens.vocabulary import EOS
from crosstalk.training import recipes


@pytest.fixture(scope="session")
def learnt(small, tmp_path_factory):
    shape = Model(d_model=16, ffn=24, heads=2, encoder_layers=2, decoder_layers=2)
    settings = Foundation(
        updates=150, warmup=10, learning_rate=1e-2, dropout=0.0, checkpoint_every=150, evaluate_every=150, average=1,
        sampling=Sampling(batch_tokens=256),
    )  # fmt: skip
    encoder = new_encoder(shape, small.vocabulary.size, 40, 0.0, 1)
    checkpoints = tmp_path_factory.mktemp("learnt") / "checkpoints"
    return recipes.found(
        encoder, small.stores, small.vocabulary, shape, settings, 40, "eng_Latn", 1, checkpoints, Accelerator(cpu=True)
    )[0].eval()


@pytest.fixture
def model(learnt):
    """A copy that a test may change."""
    return copy.deepcopy(learnt)


@pytest.fixture
def sources(small):
    """Twelve sentences of different lengths with a tag and the end, in any order."""
    store = small.stores["qaa_Latn"]
    tag = small.vocabulary.tags["eng_Latn"]
    return [np.array([tag, *store[row], EOS], np.int32) for row in range(12)]
