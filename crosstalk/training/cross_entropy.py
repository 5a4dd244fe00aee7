"""Output layer and label-smoothed cross-entropy in one, rows of logits at a time."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.autograd.function import once_differentiable

_CHUNK_LOGITS = 2**22
"""Logits held at once: few enough to stay near the processor, enough rows to keep its matrix products busy."""


def linear_cross_entropy(
    hidden: Float[Tensor, "tokens width"],
    weight: Float[Tensor, "vocabulary width"],
    bias: Float[Tensor, " vocabulary"],
    labels: Int[Tensor, " tokens"],
    smoothing: float = 0.0,
) -> Float[Tensor, ""]:
    """Sum over tokens of -(1 - e) log p(label) - e mean log p, e = ``smoothing``, p = softmax(hidden W^T + b); nats.

    Gradients are computed along with the loss, so that no token's logits are kept; there is no second derivative.
    """
    loss: Tensor = _LinearCrossEntropy.apply(hidden, weight, bias, labels, smoothing)
    return loss


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, bias: Tensor, labels: Tensor, smoothing: float) -> Tensor:
        wanted = ctx.needs_input_grad[:3]
        inputs = zip((hidden, weight, bias), wanted, strict=True)
        gradients = [torch.zeros_like(value) if need else None for value, need in inputs]
        loss = torch.zeros((), device=hidden.device)
        share = smoothing / len(weight)
        chunk = max(1, _CHUNK_LOGITS // len(weight))
        for start in range(0, len(hidden), chunk):
            rows, right = hidden[start : start + chunk], labels[start : start + chunk, None]
            logits = torch.addmm(bias, rows, weight.T).float()
            picked = logits.gather(1, right).sum() * (1 - smoothing) + (logits.sum() * share if smoothing else 0.0)
            largest = logits.amax(1, keepdim=True)
            logits.sub_(largest).exp_()
            total = logits.sum(1, keepdim=True)
            loss += (total.log() + largest).sum() - picked
            if not any(wanted):
                continue
            # d loss / d logits = p - (1 - e) [label] - e / V
            change = logits.div_(total)
            change.scatter_add_(1, right, torch.full_like(total, smoothing - 1))
            if smoothing:
                change.sub_(share)
            change = change.to(rows.dtype)
            if gradients[0] is not None:
                gradients[0][start : start + chunk] = change @ weight
            if gradients[1] is not None:
                gradients[1].addmm_(change.T.to(weight.dtype), rows.to(weight.dtype))
            if gradients[2] is not None:
                gradients[2] += change.sum(0)
        ctx.save_for_backward(*gradients)
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        return *(None if value is None else value.mul_(gradient) for value in ctx.saved_tensors), None, None
