"""Guessing tokens by how frequent they are, and models that start there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from accelerate import Accelerator

from crosstalk.config.matrix import Matrix, MatrixEvaluation, MatrixModel, MatrixTraining
from crosstalk.matrix.blocks import Run
from crosstalk.matrix.frequencies import frequencies
from crosstalk.matrix.runner import run_block
from crosstalk.tokens.store import TokenStore


def test_frequencies_by_hand() -> None:
    ids, offsets = np.array([2, 3, 3, 0], np.int32), np.array([0, 3, 4])
    store = TokenStore(ids, offsets, np.arange(2, dtype=np.uint64), np.zeros(2, np.int16), ("train",))
    # The second row does not count: 3 tokens and a tenth for each of 4.
    assert frequencies(store, np.array([0]), 4) == pytest.approx(np.array([0.1, 0.1, 1.1, 2.1]) / 3.4)


def test_a_model_that_starts_at_frequencies_starts_with_their_loss(small, tmp_path: Path) -> None:
    settings = Matrix(
        # Weights so small that the bias alone speaks.
        model=MatrixModel(d_model=16, ffn=24, heads=2, init_std=1e-4),
        training=MatrixTraining(updates=1, sentences=8, learning_rate=1e-12, max_length=14, output_bias="frequency"),
        evaluation=MatrixEvaluation(sentences=20),
    )
    runs = [Run("qaa_Latn", None, False, 1), Run("qaa_Latn", "eng_Latn", False, 1)]
    origin = {"config_hash": "a", "data_hash": "b", "commit": "c"}
    table = run_block(runs, small.stores, small.vocabulary, settings, Accelerator(cpu=True), tmp_path, origin)
    alone, pair, _ = table.to_pylist()
    assert alone["loss"] == pytest.approx(alone["frequency_loss"], abs=1e-3)
    store, tested = small.stores["qaa_Latn"], small.stores["qaa_Latn"].rows("test")[:20]
    known = [
        frequencies(small.stores[code], small.stores[code].rows("train"), small.vocabulary.size)
        for code in ("qaa_Latn", "eng_Latn")
    ]
    ids = np.concatenate([store[row][: 14 - 2] for row in tested])
    assert alone["frequency_loss"] == pytest.approx(-np.log(known[0][ids]).mean(), rel=1e-6)
    # Of a pair, the mean of both.
    assert pair["loss"] == pytest.approx(-np.log((known[0] + known[1])[ids] / 2).mean(), abs=1e-3)
