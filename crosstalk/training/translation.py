"""Translation as a training task: teacher-forced cross-entropy with label smoothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from crosstalk.config.training import Specialisation, Translating
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

    def __init__(
        self,
        train: Bitexts,
        dev: Bitexts,
        settings: Translating,
        seed: int,
        counts_as: str | None = None,
        selected: Callable[[str], AbstractContextManager[None]] | None = None,
    ) -> None:
        """``counts_as``: what the language of a batch is (source, target, direction), as settings say by default;
        ``selected``: the model for dev batches of a language, in that sense."""
        self._train, self._dev, self._settings = train, dev, settings
        configured = settings.batches_language if isinstance(settings, Specialisation) else "source"
        self._language_of = _LANGUAGE_OF[counts_as or configured]
        self._selected = selected or (lambda _language: nullcontext())
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
            batches = by_length(lengths, 4 * self._settings.sampling.batch_tokens, np.arange(len(lengths)))
            with self._selected(self._language_of(direction)):
                for rows in batches:
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
    inputs = {
        "input_ids": source,
        "attention_mask": (source != PAD).to(torch.long),
        "decoder_input_ids": decoder_inputs(target, start),
        "use_cache": False,
    }
    scored = target != PAD
    if not hasattr(model, "model"):
        logits = model(**inputs).logits[scored].float()
        return nn.functional.cross_entropy(logits, target[scored], reduction="sum", label_smoothing=smoothing)
    hidden, words = model.model(**inputs).last_hidden_state, model.lm_head.weight
    bias = model.final_logits_bias[0] if hasattr(model, "final_logits_bias") else words.new_zeros(len(words))
    return linear_cross_entropy(hidden[scored], words, bias, target[scored], smoothing)
