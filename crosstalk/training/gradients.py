"""The mean gradient of a direction's loss on dev."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import PreTrainedModel

from crosstalk.tokens.batches import by_length, generator
from crosstalk.tokens.bitexts import Bitexts, Direction
from crosstalk.training.translation import translation_loss


def mean_gradient(
    model: PreTrainedModel,
    dev: Bitexts,
    direction: Direction,
    parameters: Sequence[Tensor],
    batches: int,
    batch_tokens: int,
    seed: int,
) -> tuple[list[Tensor], int]:
    """Mean over validation batches of the gradient of the loss (nats a token) by ``parameters``, and their number.

    At most ``batches`` of them, of ``batch_tokens`` tokens with padding, drawn by ``seed``.
    """
    pair = dev.pairs[direction]
    rng = generator(seed, "gamma", direction)
    cut = by_length(pair.lengths, batch_tokens, rng.permutation(len(pair)))
    chosen = [cut[i] for i in rng.permutation(len(cut))[:batches]]
    total = [torch.zeros_like(value) for value in parameters]
    for rows in chosen:
        micro = dev.micro(direction, rows)
        loss = translation_loss(model, micro, dev.tags, 0.0) / micro.tokens
        for sum_, gradient in zip(total, torch.autograd.grad(loss, list(parameters)), strict=True):
            sum_ += gradient
    return [value / len(chosen) for value in total], len(chosen)
