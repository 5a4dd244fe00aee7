"""Translation as a training task: teacher-forced cross-entropy with label smoothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from crosstalk.config.training import Foundation, Specialisation
from crosstalk.models.xlmt import decoder_inputs
from crosstalk.tokens.batches import BatchPlan, by_length
from crosstalk.tokens.bitexts import Bitexts, Direction, Micro
from crosstalk.tokens.vocabulary import EOS, PAD
from crosstalk.training.cross_entropy import linear_cross_entropy

_DEV_SENTENCES = 100
_LANGUAGE_OF: dict[str, Callable[[Direction], str]] = {
    "source": lambda d: d.src,
    "target": lambda d: d.tgt,
    "direction": str,
}


class Translation:
    """Micro-batches of one direction each, drawn from aligned training sentences."""

    def __init__(self, train: Bitexts, dev: Bitexts, settings: Foundation, seed: int) -> None:
        self._train, self._dev, self._settings = train, dev, settings
        counts_as = settings.batches_language if isinstance(settings, Specialisation) else "source"
        self._language_of = _LANGUAGE_OF[counts_as]
        one_language = isinstance(settings, Specialisation) and settings.mixing == "one_language"
        self._plan = BatchPlan(
            {direction: pair.lengths for direction, pair in train.pairs.items()},
            updates=settings.updates,
            accumulate=settings.sampling.accumulate,
            batch_tokens=settings.sampling.batch_tokens,
            temperature=settings.sampling.temperature,
            seed=seed,
            together={d: self._language_of(d) for d in train.pairs} if one_language else None,
        )

    def micro(self, update: int, index: int) -> Micro:
        """A batch of one direction."""
        return self._train.micro(*self._plan.batch(update, index))

    def tokens(self, micro: Micro) -> int:
        """Target tokens, ends included."""
        return micro.tokens

    def language(self, micro: Micro) -> str:
        """The language the batch counts as."""
        return self._language_of(micro.direction)

    def loss(self, model: nn.Module, micro: Micro) -> Tensor:
        """Label-smoothed cross-entropy, summed over target tokens."""
        return translation_loss(model, micro, self._train.tags, self._settings.label_smoothing)

    @torch.no_grad()
    def dev_loss(self, model: nn.Module) -> float:
        """Plain cross-entropy on the first dev sentences of every direction, in nats per token."""
        total, count = 0.0, 0
        for direction, pair in self._dev.pairs.items():
            lengths = pair.lengths[:_DEV_SENTENCES]
            for rows in by_length(lengths, 4 * self._settings.sampling.batch_tokens, np.arange(len(lengths))):
                micro = self._dev.micro(direction, rows)
                total += translation_loss(model, micro, self._dev.tags, 0.0).item()
                count += micro.tokens
        return total / count if count else float("nan")


def translation_loss(model: Any, micro: Micro, tags: dict[str, int], smoothing: float) -> Tensor:
    """Sum over target tokens of -(1 - e) log p(label) - e mean log p, e = ``smoothing``; nats, a scalar."""
    device = next(model.parameters()).device
    source = torch.from_numpy(micro.source).to(device)
    target = torch.from_numpy(micro.target).to(device)
    tag_on_source = bool((micro.source[:, 0] == tags[micro.direction.tgt]).all())
    start = EOS if tag_on_source else tags[micro.direction.tgt]
    hidden = model.model(
        input_ids=source,
        attention_mask=(source != PAD).to(torch.long),
        decoder_input_ids=decoder_inputs(target, start),
        use_cache=False,
    ).last_hidden_state
    scored = target != PAD
    bias = model.final_logits_bias[0]
    return linear_cross_entropy(hidden[scored], model.lm_head.weight, bias, target[scored], smoothing)
