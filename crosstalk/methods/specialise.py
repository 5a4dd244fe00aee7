"""From the foundation to a method's model: a registered training, run by the same loop as the foundation."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from accelerate import Accelerator
from transformers import BartForConditionalGeneration

from crosstalk.config.training import Model, Specialisation
from crosstalk.methods.registry import module
from crosstalk.tokens.vocabulary import Vocabulary
from crosstalk.training.checkpoints import Checkpoints
from crosstalk.training.loop import Outcome, run
from crosstalk.training.recipes import Stores, fingerprint, recipe, translation


def specialise(
    training: str, foundation: BartForConditionalGeneration, partition: pd.DataFrame, stores: Stores,
    vocabulary: Vocabulary, model: Model, settings: Specialisation, max_length: int, pivot: str, seed: int,
    checkpoints: Path, accelerator: Accelerator,
) -> Outcome:  # fmt: skip
    """Train ``foundation`` in place by the module ``training`` of ``crosstalk.methods.training``."""
    task = translation(stores, vocabulary, model, settings, max_length, pivot, seed)
    parts = (training, settings, model, stores, max_length, pivot, seed, fingerprint(foundation), _digest(partition))
    kept = Checkpoints(checkpoints, recipe(*parts), settings.average)
    foundation.to(accelerator.device)
    updater = module("training", training).updater(foundation, partition, settings, accelerator)
    return run(training, foundation, updater, task, settings, kept, seed, accelerator)


def _digest(partition: pd.DataFrame) -> str:
    return str(pd.util.hash_pandas_object(partition, index=False).sum())
