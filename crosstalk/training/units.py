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
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from crosstalk.config.training import Specialisation
from crosstalk.models.units import FeedForward, feed_forwards
from crosstalk.training.moments import RowMoments
from crosstalk.training.updates import DenseUpdater, sum_over_processes


class _Table:
    """Gradients and Adam's state of all updatable units, layers one after another.

    A unit is a row of numbers: its row and its bias of each map into the units, its column of ``second``.
    """

    def __init__(self, units: int, numbers: int, device: torch.device) -> None:
        self.gradients = torch.zeros(units, numbers, device=device)
        self.moments = RowMoments(units, numbers, device)
        self.touched = torch.zeros(units, dtype=torch.bool, device=device)


class _Layer:
    """One feed-forward block: its updatable units and which of them the next micro-batch may change."""

    def __init__(self, block: FeedForward, units: Tensor, table: _Table, start: int) -> None:
        self.block, self.units, self.start, self.table = block, units, start, table
        rows = table.gradients[start : start + len(units)]
        # By parameter, as ``block.parameters``: gradients [units, numbers].
        self.gradients = dict(zip(map(id, block.parameters), rows.split(_numbers(block), dim=1), strict=True))
        self.allow(torch.zeros(0, dtype=torch.long, device=units.device))

    def allow(self, positions: Tensor) -> None:
        """Positions, within ``units``, that the next backward pass gathers gradients for."""
        self.positions, self.active = positions, self.units[positions]
        self.table.touched[positions + self.start] = True

    def gather(self, parameter: Tensor, gradient: Tensor) -> None:
        """Add the gradient [allowed units, numbers] of a parameter."""
        gathered = self.gradients[id(parameter)]
        gathered.index_add_(0, self.positions, gradient.to(gathered.dtype))

    def change(self, positions: Tensor, changes: Tensor, decay: float) -> None:
        """Add ``changes`` [positions, numbers] to the weights of the units at ``positions``, decayed before."""
        units, parameters = self.units[positions], self.block.parameters
        for parameter, part in zip(parameters, changes.split(_numbers(self.block), dim=1), strict=True):
            by_unit = parameter.T if parameter is self.block.second.weight else parameter
            by_unit[units] = by_unit[units] * decay + part.view_as(by_unit[units])


def _numbers(block: FeedForward) -> list[int]:
    """How many numbers of each parameter belong to a unit."""
    return [value.numel() // block.units for value in block.parameters]


class _Rows(torch.autograd.Function):
    """x W^T + b whose backward pass gathers gradients of the allowed rows only."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, anchor: Tensor, layer: _Layer, linear: nn.Linear) -> Tensor:
        ctx.save_for_backward(inputs)
        ctx.layer, ctx.linear = layer, linear
        bias = None if linear.bias is None else linear.bias.to(inputs.dtype)
        return functional.linear(inputs, linear.weight.to(inputs.dtype), bias)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, None, None, None]:
        (inputs,) = ctx.saved_tensors
        layer: _Layer = ctx.layer
        linear: nn.Linear = ctx.linear
        chosen = gradient.flatten(0, -2).index_select(1, layer.active)
        layer.gather(linear.weight, chosen.T @ inputs.flatten(0, -2))
        if linear.bias is not None:
            layer.gather(linear.bias, chosen.sum(0)[:, None])
        below = gradient @ linear.weight.to(gradient.dtype) if ctx.needs_input_grad[0] else None
        return below, None, None, None


class _Columns(torch.autograd.Function):
    """h W^T + b whose backward pass gathers gradients of the allowed columns only."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, layer: _Layer) -> Tensor:
        linear = layer.block.second
        ctx.save_for_backward(hidden.flatten(0, -2).index_select(1, layer.active))
        ctx.layer = layer
        bias = None if linear.bias is None else linear.bias.to(hidden.dtype)
        return functional.linear(hidden, linear.weight.to(hidden.dtype), bias)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (chosen,) = ctx.saved_tensors
        layer: _Layer = ctx.layer
        weight = layer.block.second.weight
        layer.gather(weight, chosen.T @ gradient.flatten(0, -2))
        return gradient @ weight.to(gradient.dtype), None


def _rows(inputs: Tensor, anchor: Tensor, layer: _Layer, linear: nn.Linear) -> Tensor:
    return _Rows.apply(inputs, anchor, layer, linear)


def _columns(hidden: Tensor, layer: _Layer) -> Tensor:
    return _Columns.apply(hidden, layer)


@dataclass(frozen=True)
class Allowed:
    """Unit numbers of each layer that batches of a language may change."""

    layers: tuple[Tensor, ...]


class UnitUpdater:
    """Adam on the encoder's units (rows, biases, a column: ``models.units``), with a state for each updatable one."""

    def __init__(
        self, model: PreTrainedModel, allowed: Mapping[str, Allowed], settings: Specialisation, accelerator: Accelerator
    ) -> None:
        """``allowed``: for each language the units its batches may change; freezes whatever else settings freeze."""
        self._settings, self._accelerator = settings, accelerator
        device = accelerator.device
        for name, value in model.named_parameters():
            value.requires_grad = settings.others == "all" or (
                settings.others == "decoder" and ".decoder." in f".{name}"
            )
        blocks = feed_forwards(model)
        unions = [torch.unique(torch.cat([c.layers[depth] for c in allowed.values()])) for depth in range(len(blocks))]
        self._table = _Table(sum(map(len, unions)), sum(_numbers(blocks[0])), device)
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
            for linear in (*layer.block.inner, layer.block.second):
                linear.requires_grad_(False)
            # Modules stay in place, so that hooks, saving and loading see the same model.
            for linear in layer.block.inner:
                setattr(linear, "forward", partial(_rows, anchor=anchor, layer=layer, linear=linear))  # noqa: B010
            setattr(layer.block.second, "forward", partial(_columns, layer=layer))  # noqa: B010
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
        changes = table.moments.advance(at, table.gradients[at].mul_(scale), settings).mul_(rate)
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
        return {f"others/{key}": value for key, value in others.items()} | self._table.moments.state()

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Continue from ``state()``."""
        for name, value in self._table.moments.state().items():
            value.copy_(state[name])
        if self._others is not None:
            prefix = "others/"
            self._others.restore({k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)})
