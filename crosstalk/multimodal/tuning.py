"""Fine-tuning of a LLaVA to translate captions with their images: all of it, or chosen neurons of chosen layers."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from accelerate import Accelerator
from torch import Tensor

from crosstalk.artefacts import CURVE, whole_folder, write_table
from crosstalk.config import science_hash
from crosstalk.config.training import Optimisation
from crosstalk.multimodal.activations import linear_maps
from crosstalk.multimodal.base import save_base
from crosstalk.multimodal.loaded import Loaded
from crosstalk.multimodal.setting import Setting
from crosstalk.multimodal.tasks import LlavaTask, shard_llava, translations
from crosstalk.training.checkpoints import Checkpoints, beside
from crosstalk.training.loop import Outcome, run
from crosstalk.training.recipes import fingerprint
from crosstalk.training.rows import RowUpdater
from crosstalk.training.updates import DenseUpdater, Updater


def tune(
    base: Loaded, setting: Setting, settings: Optimisation, seed: int, checkpoints: Path, accelerator: Accelerator,
    title: str = "sft", partition: pd.DataFrame | None = None, roles: Sequence[str] = (),
) -> Outcome:  # fmt: skip
    """Train the base model on captions with their images, from its pre-trained weights.

    Without a ``partition`` projector and language model learn everything, as LLaVA does, and the vision tower nothing;
    with one, each language's batches change its neurons of ``roles`` and nothing else (Eq. 9, 10).
    """
    rows, dev = (translations(setting.captions[split], base.prompter, setting.max_length) for split in ("train", "dev"))
    task: Any = LlavaTask(rows, dev, base.padding, settings, seed, pixels=base.pixels(setting))
    named = science_hash(
        settings, setting.max_length, seed, fingerprint(base.model), _digest(partition), " ".join(roles)
    )
    with accelerator.main_process_first():
        kept = Checkpoints(checkpoints, named, settings.average)
    base.model.to(accelerator.device)
    if accelerator.num_processes > 1:
        shard_llava(base.model, accelerator.mixed_precision == "bf16")
    changed = updater(base.model, partition, roles, settings, accelerator)
    return run(title, base.model, changed, task, settings, kept, seed, accelerator)


def save(base: Loaded, outcome: Outcome, folder: Path, curve: str) -> None:
    """Write the curve and the folder of a fine-tuned model; its checkpoints are then deleted."""
    write_table(outcome.curve, curve, CURVE)
    with whole_folder(folder) as part:
        save_base(base.model, base.tokenizer, base.processor, part, outcome.weights)
    shutil.rmtree(beside(folder), ignore_errors=True)


def updater(
    model: Any, partition: pd.DataFrame | None, roles: Sequence[str], settings: Optimisation, accelerator: Accelerator
) -> Updater:
    """What an update changes."""
    if partition is not None:
        return RowUpdater(model, allowed(partition, list(linear_maps(model)), roles), settings, accelerator)
    for name, value in model.named_parameters():
        value.requires_grad_(".vision_tower." not in name)
    return DenseUpdater(model, settings, accelerator)


def _digest(partition: pd.DataFrame | None) -> str:
    return "" if partition is None else str(pd.util.hash_pandas_object(partition, index=False).sum())


def allowed(partition: pd.DataFrame, modules: Sequence[str], roles: Sequence[str]) -> dict[str, dict[str, Tensor]]:
    """Language -> module -> units that its batches may change: those of ``roles``; Eq. (9), LLaVA-NeuMT §3.4."""
    chosen = partition[partition["role"].isin(list(roles))]
    layers = sorted(partition["layer"].unique())
    return {
        language: {
            modules[layer]: torch.from_numpy(np.sort(mine.loc[mine["layer"] == layer, "unit"].to_numpy(np.int64)))
            for layer in layers
        }
        for language, mine in ((name, chosen[chosen["language"] == name]) for name in partition["language"].unique())
    }
