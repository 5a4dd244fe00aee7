"""Eq. (1), NRD §3.2.1, and running moments of activations."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor


def set_variance(
    activations: Float[Tensor, "sentences units"], members: Int[Tensor, " sets"]
) -> Float[Tensor, "sets units"]:
    """Eq. (1), NRD §3.2.1: Var_j = 1/k sum_i (a_j(s_i) - mean_i a_j(s_i))^2, the population variance inside a set.

    a_j(s_i) <-> activations[i, j], one pooled activation for each sentence; the rows of a set follow one another, and
    ``members`` says how many there are of each (k).
    """
    owner = torch.repeat_interleave(torch.arange(len(members), device=members.device), members)
    # Sums over sets as matrix products: index_add takes several times as long.
    belongs = activations.new_zeros(len(members), len(owner))
    belongs[owner, torch.arange(len(owner), device=owner.device)] = 1
    k = members[:, None]
    means = belongs @ activations / k
    return belongs @ (activations - means[owner]).square_() / k


class RunningMoments:
    """Mean and population variance of a stream of rows, for ``units`` columns, in constant memory.

    Each chunk is summed in its own precision, around its own mean; chunks are joined in float64 (Chan et al. 1983).
    """

    def __init__(self, units: int) -> None:
        self.count = 0
        self.mean = torch.zeros(units, dtype=torch.float64)
        self._squares = torch.zeros(units, dtype=torch.float64)

    def add(self, rows: Float[Tensor, "rows units"]) -> None:
        """Take in some more rows."""
        middle = rows.mean(0)
        squares = (rows - middle).square_().sum(0).double().cpu()
        delta = middle.double().cpu() - self.mean
        total = self.count + len(rows)
        self._squares += squares + delta.square() * self.count * len(rows) / total
        self.mean += delta * len(rows) / total
        self.count = total

    @property
    def variance(self) -> Float[Tensor, " units"]:
        """Population variance of all rows so far; zeros before the first."""
        return self._squares / max(self.count, 1)
