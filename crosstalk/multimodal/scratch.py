"""Training of the encoder-decoders from scratch; they look through the base model's vision tower, frozen."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor

from crosstalk.artefacts import CURVE, whole_folder, write_table
from crosstalk.config import science_hash
from crosstalk.config.multimodal import Multimodal, System
from crosstalk.multimodal.base import align, tag
from crosstalk.multimodal.examples import Captions, Example
from crosstalk.multimodal.fusion import FusionTranslator, Kind, new_fusion
from crosstalk.multimodal.loaded import Loaded
from crosstalk.multimodal.pixels import Pixels
from crosstalk.multimodal.setting import Setting
from crosstalk.multimodal.tasks import CaptionTask, Encoded, Group, Micro, Row
from crosstalk.multimodal.vision import features, first_patches, standard_of
from crosstalk.tokens.batches import pad
from crosstalk.training.checkpoints import Checkpoints, beside
from crosstalk.training.cross_entropy import linear_cross_entropy
from crosstalk.training.loop import Outcome, run
from crosstalk.training.recipes import fingerprint
from crosstalk.training.updates import DenseUpdater

_SMOOTHING = 0.1


class FusionTask(CaptionTask):
    """An encoder-decoder reads the sentence, its target's tag first, and writes the translation."""

    def __init__(self, *arguments: Any, pixels: Pixels, tower: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._pixels, self._tower = pixels, tower

    def loss(self, model: Any, micro: Micro) -> Tensor:
        """Label-smoothed cross-entropy summed over the tokens of translations, in nats; plain when evaluating."""
        device = next(model.parameters()).device
        scored = torch.from_numpy(micro.tokens.scored).to(device)
        ids = torch.from_numpy(micro.tokens.ids).to(device)
        # Prompt and translation stand behind each other; here they are two.
        source = _left(ids, ~scored & (ids != self._padding), self._padding)
        target = _left(ids, scored, self._padding)
        patches = None
        if model.fusion is not None:
            with torch.no_grad():
                patches = features(self._tower, self._pixels.batch(micro.sentences, micro.turn).to(device))
        start = torch.full_like(target[:, :1], model.bart.config.decoder_start_token_id)
        hidden = model.hidden(source, patches, micro.language, torch.cat([start, target[:, :-1]], 1))
        there = target != self._padding
        words = model.bart.lm_head.weight
        bias = model.bart.final_logits_bias[0]
        smoothing = _SMOOTHING if model.training else 0.0
        return linear_cross_entropy(hidden[there], words, bias, target[there], smoothing)


def _left(ids: Tensor, chosen: Tensor, padding: int) -> Tensor:
    """The chosen tokens of each row [sentences, longest], moved to the left."""
    rows = [row[keep] for row, keep in zip(ids, chosen, strict=True)]
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=padding)


def _sources(texts: Sequence[str], language: str, tokenizer: Any) -> list[list[int]]:
    end = tokenizer.eos_token_id
    encoded = tokenizer([tag(language) + text for text in texts], add_special_tokens=False)["input_ids"]
    return [[*ids, end] for ids in encoded]


def _rows(captions: Captions, tokenizer: Any, max_length: int) -> Encoded:
    found = {}
    for language, examples in captions.examples.items():
        sources = _sources([row.source for row in examples], language, tokenizer)
        targets = tokenizer([row.target for row in examples], add_special_tokens=False)["input_ids"]
        both = zip(sources, targets, examples, strict=True)
        rows = [Row(source, [*target, tokenizer.eos_token_id], row.sentence_id) for source, target, row in both]
        kept = [row for row in rows if len(row.prompt) + len(row.translation) <= max_length]
        found[Group(language, True)] = kept
    return found


def kind_of(system: System) -> Kind:
    """The kind of a system that is trained from scratch; ValueError for another one's."""
    if system.kind not in get_args(Kind):
        raise ValueError(f"kind {system.kind!r} is not trained from scratch")
    return cast(Kind, system.kind)


def train(
    kind: Kind, settings: Multimodal, setting: Setting, base: Loaded, seed: int, checkpoints: Path,
    accelerator: Accelerator,
) -> tuple[FusionTranslator, Outcome]:  # fmt: skip
    """Train a translator on the captions, each language's batches apart, with the base model's tokens."""
    tower, tokenizer, options = base.model.model.vision_tower, base.tokenizer, settings.scratch
    model = new_fusion(
        kind, settings.fusion, tokenizer, tower.config.hidden_size, setting.captions["train"].languages,
        setting.max_length + settings.max_new, options.dropout, seed,
    ).to(accelerator.device)  # fmt: skip
    align(model.bart, setting.captions["train"], tokenizer, settings.fusion.aligned, seed)
    tower.to(accelerator.device).eval().requires_grad_(False)
    pixels = base.pixels(setting)
    model.standardise(*standard_of(first_patches(tower, pixels, setting.captions["train"])))
    rows, dev = (_rows(setting.captions[split], tokenizer, setting.max_length) for split in ("train", "dev"))
    task: Any = FusionTask(rows, dev, base.padding, options, seed, pixels=pixels, tower=tower)
    named = science_hash(options, setting.max_length, seed, fingerprint(model), fingerprint(tower), kind)
    with accelerator.main_process_first():
        kept = Checkpoints(checkpoints, named, options.average)
    updater = DenseUpdater(model, options, accelerator)
    return model, run(kind, model, updater, task, options, kept, seed, accelerator)


def save(model: FusionTranslator, outcome: Outcome, folder: Path, curve: str) -> None:
    """Write the curve and the folder of a translator; its checkpoints are then deleted."""
    model.load_state_dict(outcome.weights, strict=False)
    write_table(outcome.curve, curve, CURVE)
    with whole_folder(folder) as part:
        model.cpu().save(part)
    shutil.rmtree(beside(folder), ignore_errors=True)


def fusion_translations(
    model: FusionTranslator, tower: Any, tokenizer: Any, max_new: int, batch: int,
    examples: Sequence[Example], language: str, images: Tensor,
) -> list[str]:  # fmt: skip
    """Greedy translations; ``images`` [sentences, 3, side, side]."""
    sources = _sources([row.source for row in examples], language, tokenizer)
    order = np.argsort([len(ids) for ids in sources], kind="stable").tolist()
    found = [""] * len(examples)
    device = next(model.parameters()).device
    for start in range(0, len(order), batch):
        rows = order[start : start + batch]
        ids = torch.from_numpy(pad([np.array(sources[row], np.int32) for row in rows], tokenizer.pad_token_id))
        patches = None if model.fusion is None else features(tower, images[rows].to(device))
        written = model.generate(ids.to(device), patches, language, max_new)
        for row, text in zip(rows, tokenizer.decode(written, skip_special_tokens=True), strict=True):
            found[row] = text.strip()
    return found
