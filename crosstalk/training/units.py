"""Training of chosen feed-forward units with everything else frozen, bit for bit.

Adam's momentum would go on moving a unit whose gradient is zeroed. Here gradients are computed for the allowed units
only, and each unit has its own moments and step count, which advance only when that unit is updated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedModel

from crosstalk.config.training import Specialisation
from crosstalk.models.units import FeedForward, feed_forwards
from crosstalk.training.updates import DenseUpdater, sum_over_processes


class _Table:
    """Gradients and Adam's state of all updatable units, layers one after another.

    A unit is a row of ``2 width + 1`` numbers: its row of ``first``, its bias, its column of ``second``.
    """

    def __init__(self, units: int, numbers: int, device: torch.device) -> None:
        self.gradients = torch.zeros(units, numbers, device=device)
        self.first_moments = torch.zeros_like(self.gradients)
        self.second_moments = torch.zeros_like(self.gradients)
        self.steps = torch.zeros(units, device=device)
        self.touched = torch.zeros(units, dtype=torch.bool, device=device)

    def advance(self, at: Tensor, scale: float, settings: Specialisation) -> Tensor:
        """Adam's step for the units ``at``: the change of their numbers at learning rate 1."""
        first, second = settings.betas
        steps = self.steps[at] + 1
        gradient = self.gradients[at].mul_(scale)
        mean = self.first_moments[at].lerp_(gradient, 1 - first)
        square = self.second_moments[at].mul_(second).addcmul_(gradient, gradient, value=1 - second)
        self.steps[at], self.first_moments[at], self.second_moments[at] = steps, mean, square
        corrected = square.div_((1 - second**steps)[:, None]).sqrt_().add_(settings.eps)
        return mean.div_((first**steps - 1)[:, None]).div_(corrected)


class _Layer:
    """One feed-forward block: its updatable units and which of them the next micro-batch may change."""

    def __init__(self, block: FeedForward, units: Tensor, table: _Table, start: int) -> None:
        self.block, self.units, self.start = block, units, start
        self.table, width = table, block.first.in_features
        rows = table.gradients[start : start + len(units)]
        self.rows, self.biases, self.columns = rows[:, :width], rows[:, width], rows[:, width + 1 :]
        self.allow(torch.zeros(0, dtype=torch.long, device=units.device))

    def allow(self, positions: Tensor) -> None:
        """Positions, within ``units``, that the next backward pass gathers gradients for."""
        self.positions, self.active = positions, self.units[positions]
        self.table.touched[positions + self.start] = True

    def change(self, positions: Tensor, changes: Tensor, decay: float) -> None:
        """Add ``changes`` [positions, numbers] to the weights of the units at ``positions``, decayed before."""
        units, width = self.units[positions], self.block.first.in_features
        for weight, part in (
            (self.block.first.weight, changes[:, :width]),
            (self.block.first.bias, changes[:, width]),
            (self.block.second.weight.T, changes[:, width + 1 :]),
        ):
            weight[units] = weight[units] * decay + part


class _Rows(torch.autograd.Function):
    """x W^T + b whose backward pass gathers gradients of the allowed rows only."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, anchor: Tensor, layer: _Layer) -> Tensor:
        linear = layer.block.first
        ctx.save_for_backward(inputs)
        ctx.layer = layer
        return functional.linear(inputs, linear.weight.to(inputs.dtype), linear.bias.to(inputs.dtype))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, None, None]:
        (inputs,) = ctx.saved_tensors
        layer: _Layer = ctx.layer
        chosen = gradient.flatten(0, -2).index_select(1, layer.active)
        layer.rows.index_add_(0, layer.positions, (chosen.T @ inputs.flatten(0, -2)).to(layer.rows.dtype))
        layer.biases.index_add_(0, layer.positions, chosen.sum(0).to(layer.biases.dtype))
        weight = layer.block.first.weight
        return (gradient @ weight.to(gradient.dtype) if ctx.needs_input_grad[0] else None), None, None


class _Columns(torch.autograd.Function):
    """h W^T + b whose backward pass gathers gradients of the allowed columns only."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, layer: _Layer) -> Tensor:
        linear = layer.block.second
        ctx.save_for_backward(hidden.flatten(0, -2).index_select(1, layer.active))
        ctx.layer = layer
        return functional.linear(hidden, linear.weight.to(hidden.dtype), linear.bias.to(hidden.dtype))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (chosen,) = ctx.saved_tensors
        layer: _Layer = ctx.layer
        layer.columns.index_add_(0, layer.positions, (chosen.T @ gradient.flatten(0, -2)).to(layer.columns.dtype))
        return gradient @ layer.block.second.weight.to(gradient.dtype), None


def _rows(inputs: Tensor, anchor: Tensor, layer: _Layer) -> Tensor:
    return _Rows.apply(inputs, anchor, layer)


def _columns(hidden: Tensor, layer: _Layer) -> Tensor:
    return _Columns.apply(hidden, layer)


@dataclass(frozen=True)
class Allowed:
    """Unit numbers of each layer that batches of a language may change."""

    layers: tuple[Tensor, ...]


class UnitUpdater:
    """Adam on units (row of ``first``, its bias, column of ``second``), per-unit state for updatable units only."""

    def __init__(
        self, model: PreTrainedModel, allowed: Mapping[str, Allowed], settings: Specialisation, accelerator: Accelerator
    ) -> None:
        """``allowed``: for each language the units its batches may change; freezes whatever else settings freeze."""
        self._settings, self._accelerator = settings, accelerator
        device = accelerator.device
        for name, value in model.named_parameters():
            value.requires_grad = settings.others == "all" or (settings.others == "decoder" and ".decoder." in name)
        blocks = feed_forwards(model)
        unions = [torch.unique(torch.cat([c.layers[depth] for c in allowed.values()])) for depth in range(len(blocks))]
        numbers = 2 * model.config.d_model + 1
        self._table = _Table(sum(map(len, unions)), numbers, device)
        starts = accumulate(map(len, unions), initial=0)
        self._layers = [
            _Layer(block, units.to(device), self._table, start)
            for block, units, start in zip(blocks, unions, starts, strict=False)
        ]
        self._positions = {
            language: [torch.searchsorted(units, mine).to(device) for units, mine in zip(unions, c.layers, strict=True)]
            for language, c in allowed.items()
        }
        anchor = torch.zeros((), requires_grad=True, device=device)
        for layer in self._layers:
            first, second = layer.block.first, layer.block.second
            for linear in (first, second):
                linear.requires_grad_(False)
            # Modules stay in place, so that hooks, saving and loading see the same model.
            setattr(first, "forward", partial(_rows, anchor=anchor, layer=layer))  # noqa: B010
            setattr(second, "forward", partial(_columns, layer=layer))  # noqa: B010
        dense = any(value.requires_grad for value in model.parameters())
        self._others = DenseUpdater(model, settings, accelerator) if dense else None

    def begin(self, language: str) -> None:
        """The next backward pass gathers gradients of this language's units."""
        for layer, positions in zip(self._layers, self._positions[language], strict=True):
            layer.allow(positions)

    @torch.no_grad()
    def step(self, rate: float) -> float:
        """One Adam step of every unit that some micro-batch of this update allowed; clears the gradients."""
        table, settings = self._table, self._settings
        touched = table.touched.float()
        sum_over_processes([table.gradients, touched], self._accelerator)
        norm = float(torch.linalg.vector_norm(table.gradients))
        scale = min(1.0, settings.clip / (norm + 1e-6)) if settings.clip else 1.0
        at = torch.arange(len(touched), device=touched.device)
        if settings.freezing == "exact":
            at = at[touched > 0]
        changes = table.advance(at, scale, settings).mul_(rate)
        ends = torch.tensor([layer.start + len(layer.units) for layer in self._layers], device=at.device)
        counts = torch.searchsorted(at, ends).diff(prepend=ends.new_zeros(1)).tolist()
        for layer, mine, change in zip(self._layers, at.split(counts), changes.split(counts), strict=True):
            layer.change(mine - layer.start, change, 1 - rate * settings.weight_decay)
        table.touched.zero_()
        table.gradients.zero_()
        if self._others is not None:
            self._others.step(rate)
        return norm

    def state(self) -> dict[str, Tensor]:
        """Moments and step counts of the updatable units, layer after layer."""
        others = {} if self._others is None else self._others.state()
        return {f"others/{key}": value for key, value in others.items()} | self._own()

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Continue from ``state()``."""
        for name, value in self._own().items():
            value.copy_(state[name])
        if self._others is not None:
            prefix = "others/"
            self._others.restore({k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)})

    def _own(self) -> dict[str, Tensor]:
        table = self._table
        return {"steps": table.steps, "first_moments": table.first_moments, "second_moments": table.second_moments}
