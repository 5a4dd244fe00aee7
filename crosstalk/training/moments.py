"""Adam with a state of its own for each of many rows of numbers, so that a row that is left alone stands still."""

from __future__ import annotations

import torch
from torch import Tensor

from crosstalk.config.training import Optimisation


class RowMoments:
    """Adam's moments [rows, numbers] and steps [rows]."""

    def __init__(self, rows: int, numbers: int, device: torch.device) -> None:
        self.first_moments = torch.zeros(rows, numbers, device=device)
        self.second_moments = torch.zeros_like(self.first_moments)
        self.steps = torch.zeros(rows, device=device)

    def advance(self, at: Tensor, gradient: Tensor, settings: Optimisation) -> Tensor:
        """Adam's step for the rows ``at`` by their ``gradient`` [at, numbers]: their change at learning rate 1."""
        first, second = settings.betas
        steps = self.steps[at] + 1
        mean = self.first_moments[at].lerp_(gradient, 1 - first)
        square = self.second_moments[at].mul_(second).addcmul_(gradient, gradient, value=1 - second)
        self.steps[at], self.first_moments[at], self.second_moments[at] = steps, mean, square
        corrected = square.div_((1 - second**steps)[:, None]).sqrt_().add_(settings.eps)
        return mean.div_((first**steps - 1)[:, None]).div_(corrected)

    def advance_most(self, active: Tensor, gradient: Tensor, settings: Optimisation) -> Tensor:
        """``advance`` where most rows are ``active`` [rows], without copies of moments.

        ``gradient`` [rows, numbers] is 0 in the others; their change is -0, which added to a number leaves its bits
        alone.
        """
        first, second = settings.betas
        on = active[:, None].to(gradient.dtype)
        self.steps.add_(on[:, 0])
        steps = self.steps.clamp_min(1)[:, None]
        self.first_moments.lerp_(gradient, (1 - first) * on)
        self.second_moments.mul_(1 - (1 - second) * on).addcmul_(gradient, gradient, value=1 - second)
        corrected = self.second_moments.div(1 - second**steps).sqrt_().add_(settings.eps)
        change = self.first_moments.div(first**steps - 1).div_(corrected)
        return change.masked_fill_(~active[:, None], -0.0)

    def state(self) -> dict[str, Tensor]:
        """Everything that a continued training needs."""
        return {
            "steps": self.steps,
            "first_moments": self.first_moments,
            "second_moments": self.second_moments,
        }
