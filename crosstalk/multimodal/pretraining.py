"""A small LLaVA, built and pre-trained here: its tower learns to see, then it describes images and translates text."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch
from accelerate import Accelerator

from crosstalk.artefacts import whole_folder
from crosstalk.config import science_hash
from crosstalk.config.multimodal import Multimodal
from crosstalk.multimodal.base import (
    align,
    new_image_processor,
    new_llava,
    new_tokenizer,
    save_base,
    start_projector,
)
from crosstalk.multimodal.loaded import Loaded
from crosstalk.multimodal.prompts import Prompter
from crosstalk.multimodal.setting import Setting
from crosstalk.multimodal.tasks import DESCRIBE, LlavaTask, descriptions, translations
from crosstalk.multimodal.vision import features, train_vision
from crosstalk.training.checkpoints import Checkpoints, beside
from crosstalk.training.loop import Outcome, run
from crosstalk.training.recipes import fingerprint
from crosstalk.training.updates import DenseUpdater

_IMAGES = 200
"""Images whose features the projector starts from."""


def new_base(
    setting: Setting, settings: Multimodal, seed: int, checkpoints: Path, accelerator: Accelerator
) -> tuple[Loaded, tuple[pa.Table, pa.Table]]:
    """Build and pre-train a model; the curves (CURVE) are the vision tower's and its own."""
    shape, train = settings.base.shape, setting.captions["train"]
    tokenizer = new_tokenizer(train.texts(), shape.vocabulary, [train.pivot, *train.languages])
    model = new_llava(shape, tokenizer, setting.max_length + settings.max_new, seed)
    prompter = Prompter(tokenizer, settings.base.prompt, model.config.image_seq_length, settings.base.names)
    base = Loaded(model, prompter, new_image_processor(shape.image_size))
    pixels, tower = base.pixels(setting), model.model.vision_tower
    seen = train_vision(
        tower, setting.captions, pixels, tokenizer, settings.vision, seed, checkpoints / "vision", accelerator
    )
    with torch.no_grad():
        some = sorted({row.sentence_id for rows in train.examples.values() for row in rows})[:_IMAGES]
        start_projector(model, features(tower.eval(), pixels.batch(some).to(accelerator.device)).flatten(0, 1))
    align(model, train, tokenizer, settings.base.aligned, seed)
    outcome = _pretrain(base, setting, settings, seed, checkpoints / "base", accelerator)
    model.load_state_dict(outcome.weights, strict=False)
    return base, (seen.curve, outcome.curve)


def save(base: Loaded, folder: Path) -> None:
    """Write the folder of a base model, whole or not at all; its checkpoints are then deleted."""
    with whole_folder(folder) as part:
        save_base(base.model.cpu(), base.tokenizer, base.processor, part)
    shutil.rmtree(beside(folder), ignore_errors=True)


def _pretrain(
    base: Loaded, setting: Setting, settings: Multimodal, seed: int, checkpoints: Path, accelerator: Accelerator
) -> Outcome:
    """``base.describe`` of the batches describe images in the pivot's words, the others translate its sentences into
    every language without images."""
    rows, dev = (
        {
            **translations(setting.captions[split], base.prompter, setting.max_length, image=False),
            **descriptions(setting.captions[split], base.prompter, setting.max_length),
        }
        for split in ("train", "dev")
    )
    describe, others = settings.base.describe, len(setting.captions["train"].languages)
    shares = {group: describe if group.what == DESCRIBE else (1 - describe) / others for group in rows}
    chosen = {group: some for group, some in rows.items() if shares[group] > 0}
    optimisation = settings.pretraining
    task: Any = LlavaTask(
        chosen, dev, base.padding, optimisation, seed, {group: shares[group] for group in chosen},
        pixels=base.pixels(setting),
    )  # fmt: skip
    sizes = " ".join(f"{group} {len(some)}" for group, some in chosen.items())
    named = science_hash(optimisation, settings.base, setting.max_length, seed, sizes, fingerprint(base.model))
    updater = DenseUpdater(base.model.to(accelerator.device), optimisation, accelerator)
    kept = Checkpoints(checkpoints, named, optimisation.average)
    return run("base", base.model, updater, task, optimisation, kept, seed, accelerator)
