"""A small LLaVA, built and pre-trained here: its tower learns to see, its projector to name, its language
model to translate."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from crosstalk.artefacts import whole_folder
from crosstalk.config import science_hash
from crosstalk.config.multimodal import Multimodal
from crosstalk.multimodal.base import (
    align,
    fit_projector,
    new_image_processor,
    new_llava,
    new_tokenizer,
    save_base,
)
from crosstalk.multimodal.loaded import Loaded
from crosstalk.multimodal.prompts import Prompter
from crosstalk.multimodal.setting import Setting
from crosstalk.multimodal.tasks import GAPS, LlavaTask, gaps, translations
from crosstalk.multimodal.vision import first_patches, train_vision
from crosstalk.training.checkpoints import Checkpoints, beside
from crosstalk.training.loop import Outcome, run
from crosstalk.training.recipes import fingerprint
from crosstalk.training.updates import DenseUpdater


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
    seen, votes = train_vision(
        tower, setting.captions, pixels, tokenizer, settings.vision, seed, checkpoints / "vision", accelerator
    )
    align(model, train, tokenizer, settings.base.aligned, seed)
    patches = first_patches(tower.eval(), pixels, train)
    fit_projector(model, patches, _said(patches, votes, base.model.get_input_embeddings().weight.detach()))
    outcome = _pretrain(base, setting, settings, seed, checkpoints / "base", accelerator)
    model.load_state_dict(outcome.weights, strict=False)
    return base, (seen.curve, outcome.curve)


@torch.no_grad()
def _said(patches: Tensor, votes: nn.Linear, words: Tensor) -> Tensor:
    """Embeddings [patches, d] of the tokens that each patch votes for more than others do, as long as a word's."""
    chances = votes.cpu()(patches).sigmoid()
    lift = (chances * (chances / chances.mean(0)).log()).clamp_min(0)
    return nn.functional.normalize(lift @ words, dim=-1) * words.norm(dim=-1).mean()


def save(base: Loaded, folder: Path) -> None:
    """Write the folder of a base model, whole or not at all; its checkpoints are then deleted."""
    with whole_folder(folder) as part:
        save_base(base.model.cpu(), base.tokenizer, base.processor, part)
    shutil.rmtree(beside(folder), ignore_errors=True)


def _pretrain(
    base: Loaded, setting: Setting, settings: Multimodal, seed: int, checkpoints: Path, accelerator: Accelerator
) -> Outcome:
    """The language model learns to translate: ``base.illustrated`` of the batches have images, and sentences that lack
    ``base.gaps`` of their words; the others have whole sentences without images."""
    rows, dev = (
        {
            **translations(setting.captions[split], base.prompter, setting.max_length, image=False),
            **gaps(setting.captions[split], base.prompter, setting.max_length, settings.base.gaps),
        }
        for split in ("train", "dev")
    )
    share, others = settings.base.illustrated, len(setting.captions["train"].languages)
    shares = {group: (share if group.what == GAPS else 1 - share) / others for group in rows}
    chosen = {group: some for group, some in rows.items() if shares[group] > 0}
    optimisation = settings.pretraining
    task: Any = LlavaTask(
        chosen, dev, base.padding, optimisation, seed, {group: shares[group] for group in chosen},
        pixels=base.pixels(setting),
    )  # fmt: skip
    sizes = " ".join(f"{group} {len(some)}" for group, some in chosen.items())
    named = science_hash(optimisation, settings.base, setting.max_length, seed, sizes, fingerprint(base.model))
    parts = base.model.to(accelerator.device).model
    for fitted in (parts.vision_tower, parts.multi_modal_projector):
        fitted.requires_grad_(False)
    updater = DenseUpdater(base.model, optimisation, accelerator)
    kept = Checkpoints(checkpoints, named, optimisation.average)
    return run("base", base.model, updater, task, optimisation, kept, seed, accelerator)
