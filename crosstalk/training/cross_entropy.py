"""Output layer and cross-entropy in one, a block of logits at a time: rows of them, or columns of a huge vocabulary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.autograd.function import once_differentiable

_CHUNK_LOGITS = 2**22
"""Logits held at once: few enough to stay near the processor, enough rows to keep its matrix products busy."""
_BLOCK_LOGITS = 2**18
"""Logits of a block of the vocabulary, which are gone over several times and so should lie near the processor."""
_HELD_LOGITS = 2**26
"""Logits that are kept between the two times a huge vocabulary is gone over."""


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


class Place:
    """Memory for logits that is asked for once and used in every update: new memory costs more than to write it."""

    def __init__(self) -> None:
        self._held = torch.empty(0)

    def __call__(self, elements: int, like: Tensor) -> Tensor:
        """[elements], of any values, of the device and type of ``like``."""
        if self._held.numel() < elements or self._held.device != like.device or self._held.dtype != like.dtype:
            self._held = like.new_empty(elements)
        return self._held[:elements]


def mean_cross_entropy(
    hidden: Float[Tensor, "tokens width"],
    weight: Float[Tensor, "vocabulary width"],
    bias: Float[Tensor, " vocabulary"],
    labels: Int[Tensor, " tokens"],
    weight_gradient: Float[Tensor, "vocabulary width"],
    bias_gradient: Float[Tensor, " vocabulary"],
    place: Place,
) -> tuple[Float[Tensor, " tokens"], Float[Tensor, "tokens width"]]:
    """-log p(label) of each token, p = softmax(hidden W^T + b), and the gradient of their mean; nats.

    The gradient with respect to ``hidden`` is returned, those of W and b overwrite the tensors given for them. A huge
    vocabulary is gone over twice in blocks, for some tokens at a time, whose logits lie in ``place`` meanwhile: p is
    not known before the last block, but p(word) / p(label) is, and what needs p is linear in it. A token less likely
    than exp(-60) is taken to be about that likely there; without blocks, a token counts 87 nats at most.
    """
    nats, change = torch.empty_like(hidden[:, 0]), torch.zeros_like(hidden)
    rows = max(1, _HELD_LOGITS // len(weight))
    for start in range(0, len(hidden), rows):
        part = slice(start, start + rows)
        seen, right = hidden[part], labels[part]
        size = len(weight) if len(seen) * len(weight) <= _CHUNK_LOGITS or hidden.is_cuda else _columns(seen)
        blocks, nats[part], share = _odds(seen, weight, bias, right, size, place(len(seen) * len(weight), hidden))
        share /= len(hidden)
        scaled = seen * share[:, None]
        for at, odds in zip(range(0, len(weight), size), blocks, strict=True):
            columns = slice(at, at + size)
            if start == 0:
                product(odds.T, scaled, weight_gradient[columns])
                torch.mv(odds.T, share, out=bias_gradient[columns])
            else:
                weight_gradient[columns] += odds.T @ scaled
                bias_gradient[columns].addmv_(odds.T, share)
            change[part] += odds @ weight[columns]
        change[part] *= share[:, None]
    # Of p - [label], the second part.
    bias_gradient.index_add_(0, labels, bias.new_full(labels.shape, -1 / len(hidden)))
    weight_gradient.index_add_(0, labels, hidden, alpha=-1 / len(hidden))
    return nats, change.sub_(weight[labels], alpha=1 / len(hidden))


def _odds(
    hidden: Tensor, weight: Tensor, bias: Tensor, labels: Tensor, size: int, place: Tensor
) -> tuple[list[Tensor], Tensor, Tensor]:
    """A number for every token and word, ``size`` words at a time; -log p(label); and each token's factor that makes
    its numbers probabilities."""
    if size == len(weight):
        logits = product(hidden, weight.T, place.view(len(hidden), size)).add_(bias)
        torch.softmax(logits, 1, out=logits)
        likely = logits.gather(1, labels[:, None])[:, 0].clamp_min_(torch.finfo(logits.dtype).tiny)
        return [logits], likely.log_().neg_(), torch.ones_like(likely)
    label, blocks = (hidden * weight[labels]).sum(1) + bias[labels], []
    total = torch.zeros_like(label)
    for start in range(0, len(weight), size):
        rows = weight[start : start + size]
        odds = place[len(hidden) * start :][: len(hidden) * len(rows)].view(len(hidden), len(rows))
        product(hidden, rows.T, odds).add_(bias[start : start + size]).sub_(label[:, None]).clamp_max_(60).exp_()
        total += odds.sum(1)
        blocks.append(odds)
    return blocks, total.log(), total.reciprocal_()


@torch.no_grad()
def token_losses(
    hidden: Float[Tensor, "tokens width"],
    weight: Float[Tensor, "vocabulary width"],
    bias: Float[Tensor, " vocabulary"],
    labels: Int[Tensor, " tokens"],
) -> Float[Tensor, " tokens"]:
    """-log p(label) of each token, p = softmax(hidden W^T + b), in nats; without gradient."""
    total = _log_total(hidden, weight, bias, _columns(hidden))
    return total - _picked(hidden, weight, bias, labels)


def _columns(hidden: Tensor) -> int:
    return max(1, _BLOCK_LOGITS // max(1, len(hidden)))


def _logits(hidden: Tensor, weight: Tensor, bias: Tensor, size: int) -> Iterator[Tensor]:
    """Logits of ``size`` words at a time, each block in the place of the one before."""
    place = hidden.new_empty(len(hidden) * min(size, len(weight)))
    for start in range(0, len(weight), size):
        rows = weight[start : start + size]
        out = place[: len(hidden) * len(rows)].view(len(hidden), len(rows))
        yield product(hidden, rows.T, out).add_(bias[start : start + size])


def _log_total(hidden: Tensor, weight: Tensor, bias: Tensor, size: int) -> Tensor:
    """log sum exp of every token's logits."""
    total = hidden.new_full((len(hidden),), float("-inf"))
    for logits in _logits(hidden, weight, bias, size):
        largest = logits.amax(1)
        total = torch.logaddexp(total, logits.sub_(largest[:, None]).exp_().sum(1).log_().add_(largest))
    return total


def _picked(hidden: Tensor, weight: Tensor, bias: Tensor, labels: Tensor) -> Tensor:
    return (hidden * weight[labels]).sum(1) + bias[labels]


def product(left: Tensor, right: Tensor, out: Tensor) -> Tensor:
    """Matrix product into ``out``, in half precision where autocast asks for it."""
    if torch.is_autocast_enabled(out.device.type):
        return out.copy_(left @ right)
    return torch.matmul(left, right, out=out)
