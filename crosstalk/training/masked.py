"""Masked-language-model training of an encoder: only masked positions are scored (and pass the output layer)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import XLMRobertaForMaskedLM

from crosstalk.config.training import Pretraining
from crosstalk.tokens.batches import BatchPlan, by_length, generator, pad
from crosstalk.tokens.masking import mask
from crosstalk.tokens.store import TokenStore
from crosstalk.tokens.vocabulary import BOS, EOS, PAD, Vocabulary
from crosstalk.training.cross_entropy import linear_cross_entropy
from crosstalk.training.sharding import loss_of, shard_with

_DEV_SENTENCES = 200


class Masked(NamedTuple):
    """Sentences of one language: ``ids`` [sentences, longest], the flat ``positions`` scored and their ``labels``."""

    language: str
    ids: NDArray[np.int64]
    positions: NDArray[np.int64]
    labels: NDArray[np.int64]


class MaskedLanguageModel:
    """Micro-batches of one language each, sentences of nearly one length together so that padding is small."""

    def __init__(
        self,
        stores: Mapping[str, TokenStore],
        vocabulary: Vocabulary,
        settings: Pretraining,
        max_length: int,
        seed: int,
    ) -> None:
        self._stores, self._vocabulary, self._settings, self._seed = stores, vocabulary, settings, seed
        self._rows = {language: _usable(store, "train", max_length) for language, store in stores.items()}
        self._dev = {language: _usable(store, "dev", max_length)[:_DEV_SENTENCES] for language, store in stores.items()}
        self._plan = BatchPlan(
            {language: stores[language].lengths[rows] + 2 for language, rows in self._rows.items() if len(rows)},
            updates=settings.updates,
            accumulate=settings.sampling.accumulate,
            batch_tokens=settings.sampling.batch_tokens,
            temperature=settings.sampling.temperature,
            seed=seed,
        )

    def micro(self, update: int, index: int) -> Masked:
        """A batch of one language with fresh masks."""
        language, rows = self._plan.batch(update, index)
        return self._masked(language, self._rows[language][rows], generator(self._seed, "mask", update, index))

    def tokens(self, micro: Masked) -> int:
        """Masked tokens."""
        return len(micro.labels)

    def language(self, micro: Masked) -> str:
        """The batch's language."""
        return micro.language

    def loss(self, model: XLMRobertaForMaskedLM, micro: Masked) -> Tensor:
        """Cross-entropy summed over masked tokens, in nats."""
        return masked_loss(model, micro)

    @torch.no_grad()
    def dev_loss(self, model: XLMRobertaForMaskedLM) -> float:
        """Mean over the masked tokens of dev, the same masks at every evaluation; nats per token."""
        total, count = 0.0, 0
        for language, rows in self._dev.items():
            lengths = self._stores[language].lengths[rows] + 2
            batches = (
                by_length(lengths, 4 * self._settings.sampling.batch_tokens, np.arange(len(rows))) if len(rows) else []
            )
            for i, batch in enumerate(batches):
                micro = self._masked(language, rows[batch], generator(self._seed, "dev-mask", language, i))
                total += masked_loss(model, micro).item()
                count += len(micro.labels)
        return total / count if count else float("nan")

    def _masked(self, language: str, rows: NDArray[np.int64], rng: np.random.Generator) -> Masked:
        store = self._stores[language]
        ids = pad([np.array([BOS, *store[row], EOS], np.int32) for row in rows], PAD)
        return Masked(language, *mask(ids, self._settings.mask, self._vocabulary, rng))


def _usable(store: TokenStore, split: str, max_length: int) -> NDArray[np.int64]:
    rows = store.rows(split)
    lengths = store.lengths[rows]
    return rows[(lengths > 0) & (lengths + 2 <= max_length)]


def masked_loss(model: XLMRobertaForMaskedLM, micro: Masked) -> Tensor:
    """Cross-entropy summed over the masked positions; the output layer sees only those (nats, a scalar)."""
    device = next(model.parameters()).device
    ids, positions, labels = (torch.from_numpy(each).to(device) for each in (micro.ids, micro.positions, micro.labels))
    return loss_of(model, _masked_loss)(ids, positions, labels)


def shard_encoder(model: XLMRobertaForMaskedLM, half: bool) -> None:
    """Spread an encoder over the processes of a training, layer by layer, in place; as ``training.sharding.shard``."""
    shard_with(model, model.roberta.encoder.layer, half, _masked_loss)


def _masked_loss(model: XLMRobertaForMaskedLM, ids: Tensor, positions: Tensor, labels: Tensor) -> Tensor:
    """``ids`` [sentences, tokens], ``positions`` and ``labels`` [scored]."""
    hidden = model.roberta(input_ids=ids, attention_mask=(ids != PAD).to(torch.long)).last_hidden_state
    scored = hidden.flatten(0, 1)[positions]
    head = model.lm_head
    scored = head.layer_norm(functional.gelu(head.dense(scored)))
    return linear_cross_entropy(scored, head.decoder.weight, head.decoder.bias, labels)
