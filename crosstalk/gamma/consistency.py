"""Eq. (2), NRD §3.3.1, and what independent noise gives in its place."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def gradient_consistency(
    gradients: Float[Tensor, "languages parameters"], mean: str = "all", norm: str = "raw"
) -> Float[Tensor, " languages"]:
    """Eq. (2), NRD §3.3.1: gamma_l = cos(g_l, g-bar), g-bar the mean over languages.

    g_l <-> gradients[l]; ``mean`` "leave_one_out" takes g_l out of g-bar; ``norm`` "unit" scales each g_l to length 1
    before the mean. Independent noise of equal length gives 1/sqrt(languages), not 0.
    """
    rows = gradients.double()
    if norm == "unit":
        rows = torch.nn.functional.normalize(rows, dim=1)
    total = rows.sum(0, keepdim=True)
    others = total - rows if mean == "leave_one_out" else total.expand_as(rows)
    return torch.nn.functional.cosine_similarity(rows, others, dim=1)


def null_consistency(
    gradients: Float[Tensor, "languages parameters"], draws: int, seed: int, mean: str = "all", norm: str = "raw"
) -> Float[Tensor, "draws languages"]:
    """gamma when every coordinate's sign is drawn anew: the same magnitudes, no agreement between languages."""
    rng = torch.Generator().manual_seed(seed)
    rows = []
    for _ in range(draws):
        signs = torch.randint(0, 2, gradients.shape, generator=rng, dtype=torch.int8).mul_(2).sub_(1)
        rows.append(gradient_consistency(gradients * signs, mean, norm))
    return torch.stack(rows)
