"""The trainings before NRD: the masked-LM encoder, then XLM-T from it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from torch import nn
from transformers import BartForConditionalGeneration, XLMRobertaForMaskedLM

from crosstalk.artefacts import CURVE, whole_folder, write_table
from crosstalk.config import science_hash
from crosstalk.config.training import Foundation, Model, Pretraining, Translating
from crosstalk.models.embeddings import align
from crosstalk.models.encoder import load_encoder, new_encoder
from crosstalk.models.variants import save_variants
from crosstalk.models.xlmt import from_encoder
from crosstalk.tokens.bitexts import Bitexts, Direction, supervised
from crosstalk.tokens.store import TokenStore
from crosstalk.tokens.vocabulary import Vocabulary
from crosstalk.training.checkpoints import Checkpoints, beside
from crosstalk.training.loop import Outcome, run
from crosstalk.training.masked import MaskedLanguageModel
from crosstalk.training.translation import Translation
from crosstalk.training.updates import DenseUpdater

Stores = Mapping[str, TokenStore]


def adopt(folder: str | Path) -> tuple[XLMRobertaForMaskedLM, Outcome]:
    """An encoder that was trained elsewhere, an XLM-R folder; its curve is empty."""
    encoder = load_encoder(folder)
    return encoder, Outcome(encoder.state_dict(), CURVE.empty_table())


def pretrain(
    stores: Stores, vocabulary: Vocabulary, model: Model, settings: Pretraining, max_length: int, seed: int,
    checkpoints: Path, accelerator: Accelerator,
) -> tuple[XLMRobertaForMaskedLM, Outcome]:  # fmt: skip
    """Train an encoder on the sentences of all languages, masked-LM, from aligned embeddings."""
    encoder = new_encoder(model, vocabulary.size, max_length, settings.dropout, seed)
    start_at_unigrams(encoder, stores)
    align(encoder.roberta.embeddings.word_embeddings.weight, stores, model.aligned, seed)
    task = MaskedLanguageModel(stores, vocabulary, settings, max_length, seed)
    named = recipe(settings, model, stores, max_length, seed)
    with accelerator.main_process_first():
        kept = Checkpoints(checkpoints, named, settings.average)
    updater = DenseUpdater(encoder.to(accelerator.device), settings, accelerator)
    return encoder, run("encoder", encoder, updater, task, settings, kept, seed, accelerator)


def start_at_unigrams(encoder: XLMRobertaForMaskedLM, stores: Stores) -> None:
    """Set the output bias to the log frequency of each token.

    Otherwise the first updates teach the embeddings that frequency: they all move the same way until tokens look
    alike, and XLM-T, which starts from them, learns to attend much later.
    """
    counts = sum(np.bincount(store.ids, minlength=encoder.config.vocab_size) for store in stores.values())
    frequencies = torch.from_numpy((counts + 1) / np.sum(counts + 1))
    with torch.no_grad():
        encoder.lm_head.bias.copy_(frequencies.log())


def found(
    encoder: XLMRobertaForMaskedLM, stores: Stores, vocabulary: Vocabulary, model: Model, settings: Foundation,
    max_length: int, pivot: str, seed: int, checkpoints: Path, accelerator: Accelerator,
) -> tuple[BartForConditionalGeneration, Outcome]:  # fmt: skip
    """Train XLM-T, started from an encoder, on all directions with the pivot."""
    xlmt = from_encoder(encoder, model, vocabulary.size, settings.dropout, seed)
    task = translation(stores, vocabulary, model, settings, max_length, pivot, seed)
    named = recipe(settings, model, stores, max_length, pivot, seed, fingerprint(xlmt))
    with accelerator.main_process_first():
        kept = Checkpoints(checkpoints, named, settings.average)
    updater = DenseUpdater(xlmt.to(accelerator.device), settings, accelerator)
    return xlmt, run("foundation", xlmt, updater, task, settings, kept, seed, accelerator)


def translation(
    stores: Stores, vocabulary: Vocabulary, model: Model, settings: Translating, max_length: int, pivot: str, seed: int
) -> Translation:
    """The translation task on all directions with the pivot."""
    directions = supervised(stores, pivot)
    train, dev = (bitexts(stores, vocabulary, model, max_length, directions, split) for split in ("train", "dev"))
    return Translation(train, dev, settings, seed)


def bitexts(
    stores: Stores, vocabulary: Vocabulary, model: Model, max_length: int, directions: Iterable[Direction], split: str
) -> Bitexts:
    """The pairs of a split as ``model`` reads them."""
    return Bitexts.open(dict(stores), directions, split, vocabulary, max_length, model.tag == "source")


def recipe(*parts: object) -> str:
    """Names a training's settings and data, so that only its own checkpoints are continued."""
    plain = [{k: len(v.ids) for k, v in part.items()} if isinstance(part, Mapping) else part for part in parts]
    return science_hash(*plain)  # type: ignore[arg-type]


def fingerprint(model: nn.Module) -> str:
    """Names the weights that a training starts from."""
    digest = hashlib.sha256()
    for name, value in model.state_dict().items():
        digest.update(name.encode() + value.cpu().numpy().tobytes())
    return digest.hexdigest()[:12]


def save(model: Any, outcome: Outcome, folder: Path, curve: str | Path) -> None:
    """Write a training's curve and its model folder (safetensors), variants within; its checkpoints are then deleted.

    Weights that the model has no place for are left out.
    """
    model.load_state_dict(outcome.weights, strict=False)
    write_table(outcome.curve, curve, CURVE)
    with whole_folder(folder) as part:
        model.cpu().save_pretrained(part)
        save_variants(part, outcome.variants)
    shutil.rmtree(beside(folder), ignore_errors=True)
