"""A masked-LM encoder of any depth on languages that share every batch equally (Matrix §5.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor
from transformers import XLMRobertaForMaskedLM

from crosstalk.artefacts import CURVE
from crosstalk.config.downstream import Downstream
from crosstalk.config.training import Model, Pretraining
from crosstalk.downstream.mixtures import HALF, UNTRAINED, Languages
from crosstalk.errors import CrosstalkError
from crosstalk.matrix.frequencies import frequencies
from crosstalk.models.encoder import new_encoder
from crosstalk.tokens.store import TokenStore
from crosstalk.tokens.vocabulary import Vocabulary
from crosstalk.training.checkpoints import Checkpoints
from crosstalk.training.loop import Outcome, run
from crosstalk.training.masked import Masked, MaskedLanguageModel, masked_loss, shard_encoder
from crosstalk.training.recipes import recipe
from crosstalk.training.updates import DenseUpdater


class Mixed(NamedTuple):
    """A batch: sentences of each language, which are read one language after the other."""

    parts: tuple[Masked, ...]


class SharedBatches:
    """Micro-batches that languages share equally by tokens.

    What a language contributes depends on the seed and on its share alone: trainings that share a language and have as
    many languages differ by the others alone.
    """

    def __init__(
        self, stores: Mapping[str, TokenStore], vocabulary: Vocabulary, settings: Pretraining, max_length: int,
        seed: int, shares: int, evaluated: Sequence[str],
    ) -> None:  # fmt: skip
        """``shares``: parts of a batch, one for each language or more; ``evaluated``: languages of the loss on dev.

        Raises CrosstalkError when a language has no sentence of at most ``max_length`` tokens to train on.
        """
        sampling = settings.sampling.model_copy(update={"batch_tokens": settings.sampling.batch_tokens // shares})
        own = settings.model_copy(update={"sampling": sampling})
        for language, store in stores.items():
            lengths = store.lengths[store.rows("train")]
            if not ((lengths > 0) & (lengths + 2 <= max_length)).any():
                raise CrosstalkError(f"{language}: no sentence of at most {max_length} tokens in split train")
        self._languages = {
            language: MaskedLanguageModel({language: store}, vocabulary, own, max_length, seed)
            for language, store in stores.items()
        }
        self._evaluated = [self._languages[language] for language in evaluated]

    def micro(self, update: int, index: int) -> Mixed:
        """Every language's part of a batch."""
        return Mixed(tuple(each.micro(update, index) for each in self._languages.values()))

    def tokens(self, micro: Mixed) -> int:
        """Masked tokens."""
        return sum(len(part.labels) for part in micro.parts)

    def language(self, micro: Mixed) -> str:
        """All of them."""
        return ", ".join(part.language for part in micro.parts)

    def loss(self, model: XLMRobertaForMaskedLM, micro: Mixed) -> Tensor:
        """Cross-entropy summed over masked tokens, in nats."""
        return torch.stack([masked_loss(model, part) for part in micro.parts]).sum()

    def dev_loss(self, model: XLMRobertaForMaskedLM) -> float:
        """Mean of the evaluated languages' losses on dev, nats per token."""
        return float(np.mean([each.dev_loss(model) for each in self._evaluated]))


def train(
    mixture: Languages, stores: Mapping[str, TokenStore], vocabulary: Vocabulary, settings: Downstream, max_length: int,
    seed: int, checkpoints: Path, accelerator: Accelerator,
) -> tuple[XLMRobertaForMaskedLM, Outcome]:  # fmt: skip
    """Train an encoder on the languages of a mixture, from the random start that the seed gives.

    Its condition says what is special: ``untrained`` keeps the random start, ``half`` leaves half of every batch empty.
    Raises CrosstalkError when a language has nothing to train on, and as ``training.loop.run``.
    """
    stores = {language: stores[language] for language in mixture.languages}
    shape, training = settings.model, settings.training
    width = shape.model_dump(include={"d_model", "ffn", "heads", "init_std"})
    model = Model(encoder_layers=shape.layers, **width)
    encoder = new_encoder(model, vocabulary.size, max_length, training.dropout, seed)
    if settings.output_bias == "frequency":
        _start_at_frequencies(encoder, stores)
    if mixture.condition == UNTRAINED:
        return encoder, Outcome(encoder.state_dict(), CURVE.empty_table())
    shares = 2 if mixture.condition == HALF else len(stores)
    task = SharedBatches(stores, vocabulary, training, max_length, seed, shares, mixture.targets)
    named = recipe(training, shape, stores, settings.output_bias, max_length, seed, shares)
    with accelerator.main_process_first():
        kept = Checkpoints(checkpoints, named, training.average)
    encoder.to(accelerator.device)
    if accelerator.num_processes > 1:
        shard_encoder(encoder, accelerator.mixed_precision == "bf16")
    updater = DenseUpdater(encoder, training, accelerator)
    return encoder, run(mixture.name, encoder, updater, task, training, kept, seed, accelerator)


def _start_at_frequencies(encoder: XLMRobertaForMaskedLM, stores: Mapping[str, TokenStore]) -> None:
    """Set the output bias to the log frequency of each token in what is trained on."""
    size = encoder.config.vocab_size
    mixed = np.mean([frequencies(store, store.rows("train"), size) for store in stores.values()], axis=0)
    with torch.no_grad():
        encoder.lm_head.bias.copy_(torch.from_numpy(np.log(mixed)))
