"""From a start to a method's model: a registered training, run by the same loop as the foundation."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from transformers import BartForConditionalGeneration

from crosstalk.artefacts import CURVE
from crosstalk.config import science_hash
from crosstalk.config.training import Model, Specialisation
from crosstalk.methods.given import Given
from crosstalk.methods.registry import module
from crosstalk.models.encoder import load_encoder
from crosstalk.models.xlmt import from_encoder, load_xlmt, untrained
from crosstalk.tokens.bitexts import Direction
from crosstalk.training.checkpoints import Checkpoints
from crosstalk.training.loop import Outcome, run
from crosstalk.training.recipes import fingerprint, recipe
from crosstalk.training.translation import Translation
from crosstalk.training.updates import Varied


def starting(
    start: str, folder: str | Path, shape: Model, vocabulary_size: int, dropout: float, seed: int
) -> BartForConditionalGeneration:
    """The model a training starts from: ``folder`` holds the foundation, or the encoder for the other two starts."""
    if start == "foundation":
        return load_xlmt(folder, dropout)
    encoder = load_encoder(folder)
    if start == "encoder":
        return from_encoder(encoder, shape, vocabulary_size, dropout, seed)
    return untrained(encoder.config, shape, vocabulary_size, dropout, seed)


def specialise(training: str, given: Given, checkpoints: Path) -> tuple[BartForConditionalGeneration, Outcome]:
    """Train by the module ``training`` of ``crosstalk.methods.training``; the model is to be given the weights.

    A module that divides the directions into ``parts`` trains a model for each, all together for as many updates as
    one would have.
    """
    chosen = module("training", training)
    start = copy.deepcopy(given.model)
    if not hasattr(chosen, "parts"):
        return start, _train(training, given, given.directions, checkpoints)
    parts: Mapping[str, Sequence[Direction]] = chosen.parts(given)
    settings, own, curves = share(given.settings, len(parts)), {}, []
    for number, (name, directions) in enumerate(parts.items(), 1):
        alone = replace(given, model=copy.deepcopy(start), settings=settings)
        outcome = _train(training, alone, directions, checkpoints / name, f"{training} {number} of {len(parts)}")
        own[name] = outcome.weights
        curves.append(outcome.curve.to_pandas())
    return start, Outcome({}, _together(curves), own)


def share(settings: Specialisation, parts: int) -> Specialisation:
    """Settings of one of several trainings that share the updates of one."""
    keys = ("updates", "warmup", "evaluate_every", "checkpoint_every")
    return settings.model_copy(update={key: max(1, getattr(settings, key) // parts) for key in keys})


def _train(training: str, given: Given, directions: Sequence[Direction], checkpoints: Path, title: str = "") -> Outcome:
    chosen, settings = module("training", training), given.settings
    options = science_hash(given.options)
    parts = (training, options, settings, given.shape, given.stores, given.max_length, given.pivot, given.seed)
    named = recipe(*parts, fingerprint(given.model), _digest(given.partition), " ".join(map(str, directions)))
    given.model.to(given.accelerator.device)
    updater = chosen.updater(given)
    train = given.bitexts("train", directions)
    task = Translation(
        train, given.bitexts("dev", train.pairs), settings, given.seed,
        getattr(chosen, "COUNTS_AS", None), updater.selected if isinstance(updater, Varied) else None,
    )  # fmt: skip
    with given.accelerator.main_process_first():
        kept = Checkpoints(checkpoints, named, settings.average)
    outcome = run(title or training, given.model, updater, task, settings, kept, given.seed, given.accelerator)
    return replace(outcome, variants=updater.variants(outcome.weights)) if isinstance(updater, Varied) else outcome


def _together(curves: Sequence[pd.DataFrame]) -> pa.Table:
    """One curve of trainings side by side: updates, tokens and seconds add up, losses are means."""
    frame = curves[0].copy()
    for column in frame.columns:
        values = np.stack([curve[column].to_numpy(float) for curve in curves])
        added = column in ("step", "tokens", "seconds")
        frame[column] = values.sum(0) if added else values.mean(0)
    return pa.Table.from_pandas(frame[CURVE.names], preserve_index=False).cast(CURVE)


def _digest(partition: pd.DataFrame | None) -> str:
    return "" if partition is None else str(pd.util.hash_pandas_object(partition, index=False).sum())
