"""Attention and its way back, written by hand as the rest of the encoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

softmax_backward = torch.ops.aten._softmax_backward_data


def attention(
    groups: Sequence[tuple[Float[Tensor, "_ _ width"], ...]], bias: Sequence[Float[Tensor, "_ 1 1 _"]], heads: int
) -> tuple[Float[Tensor, "places width"], Callable[[Tensor], list[tuple[Tensor, ...]]]]:
    """Every query reads the tokens of its own sentence; ``bias`` is -inf at places that only fill up.

    ``groups``: queries [sentences, queries, width], keys and values [sentences, tokens, width] of each. Returns what
    they read, and what takes its gradient back to the parts of each group, [sentences, tokens, heads, width / heads].
    """
    kept, read = [], []
    for parts, absent in zip(groups, bias, strict=True):
        query, key, value = (part.unflatten(2, (heads, -1)).transpose(1, 2).contiguous() for part in parts)
        query *= query.shape[-1] ** -0.5
        weights = torch.softmax((query @ key.mT).add_(absent), -1)
        kept.append((query, key, value, weights))
        read.append((weights @ value).transpose(1, 2).flatten(2).flatten(0, 1))

    def backward(change: Tensor) -> list[tuple[Tensor, ...]]:
        found, start = [], 0
        for query, key, value, weights in kept:
            count, _, longest, _ = query.shape
            part = change[start : start + count * longest].view(count, longest, heads, -1).transpose(1, 2).contiguous()
            start += count * longest
            scores = softmax_backward((part @ value.mT).to(weights.dtype), weights, -1, weights.dtype)
            of_query = (scores @ key).mul_(query.shape[-1] ** -0.5)
            found.append(tuple(each.transpose(1, 2) for each in (of_query, scores.mT @ query, weights.mT @ part)))
        return found

    return torch.cat(read), backward
