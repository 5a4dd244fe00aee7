"""Training of chosen feed-forward units with everything else frozen, bit for bit.

Adam's momentum would go on moving a unit whose gradient is zeroed. Here gradients are computed for the allowed units
only, and each unit has its own moments and step count, which advance only when that unit is updated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedModel

from crosstalk.config.training import Specialisation
from crosstalk.models.units import FeedForward, feed_forwards
from crosstalk.training.updates import DenseUpdater, sum_over_processes

_PARTS = ("row", "bias", "column")


class _Layer:
    """One feed-forward block: its updatable units, their gradients, and which units the next micro-batch may change."""

    def __init__(self, block: FeedForward, units: Tensor) -> None:
        device, width = block.first.weight.device, block.first.in_features
        self.block, self.units = block, units.to(device)
        shapes = {"row": (width,), "bias": (), "column": (block.second.out_features,)}
        self.gradients = {part: torch.zeros(len(units), *shape, device=device) for part, shape in shapes.items()}
        self.first_moments = {part: torch.zeros_like(value) for part, value in self.gradients.items()}
        self.second_moments = {part: torch.zeros_like(value) for part, value in self.gradients.items()}
        self.steps = torch.zeros(len(units), device=device)
        self.touched = torch.zeros(len(units), dtype=torch.bool, device=device)
        self.positions = torch.zeros(0, dtype=torch.long, device=device)
        self.active = self.units[self.positions]

    def allow(self, positions: Tensor) -> None:
        """Positions, within ``units``, that the next backward pass gathers gradients for."""
        self.positions, self.active = positions, self.units[positions]
        self.touched[positions] = True

    def gather(self, part: str, gradient: Tensor) -> None:
        self.gradients[part].index_add_(0, self.positions, gradient.to(self.gradients[part].dtype))


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
        layer.gather("row", chosen.T @ inputs.flatten(0, -2))
        layer.gather("bias", chosen.sum(0))
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
        layer.gather("column", chosen.T @ gradient.flatten(0, -2))
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
        self._layers = []
        self._positions: dict[str, list[Tensor]] = {language: [] for language in allowed}
        anchor = torch.zeros((), requires_grad=True, device=device)
        for depth, block in enumerate(feed_forwards(model)):
            for linear in (block.first, block.second):
                linear.requires_grad_(False)
            units = torch.unique(torch.cat([choice.layers[depth] for choice in allowed.values()]))
            layer = _Layer(block, units)
            self._layers.append(layer)
            for language, choice in allowed.items():
                self._positions[language].append(torch.searchsorted(units, choice.layers[depth]).to(device))
            # Modules stay in place, so that hooks, saving and loading see the same model.
            setattr(block.first, "forward", partial(_rows, anchor=anchor, layer=layer))  # noqa: B010
            setattr(block.second, "forward", partial(_columns, layer=layer))  # noqa: B010
        dense = any(value.requires_grad for value in model.parameters())
        self._others = DenseUpdater(model, settings, accelerator) if dense else None

    def begin(self, language: str) -> None:
        """The next backward pass gathers gradients of this language's units."""
        for layer, positions in zip(self._layers, self._positions[language], strict=True):
            layer.allow(positions)

    @torch.no_grad()
    def step(self, rate: float) -> float:
        """One Adam step of every unit that some micro-batch of this update allowed; clears the gradients."""
        gradients = [layer.gradients[part] for layer in self._layers for part in _PARTS]
        touched = [layer.touched.float() for layer in self._layers]
        sum_over_processes([*gradients, *touched], self._accelerator)
        norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(g) for g in gradients]))
        scale = min(1.0, self._settings.clip / (float(norm) + 1e-6)) if self._settings.clip else 1.0
        for layer, mark in zip(self._layers, touched, strict=True):
            everything = self._settings.freezing == "masked_gradient"
            self._step(
                layer, torch.arange(len(mark), device=mark.device) if everything else mark.nonzero()[:, 0], rate, scale
            )
            layer.touched.zero_()
            for gradient in layer.gradients.values():
                gradient.zero_()
        if self._others is not None:
            self._others.step(rate)
        return float(norm)

    def _step(self, layer: _Layer, at: Tensor, rate: float, scale: float) -> None:
        first, second = self._settings.betas
        layer.steps[at] += 1
        steps = layer.steps[at]
        units = layer.units[at]
        for part in _PARTS:
            shape = (-1, *(1,) * (layer.gradients[part].dim() - 1))
            gradient = layer.gradients[part][at] * scale
            mean = layer.first_moments[part][at].lerp_(gradient, 1 - first)
            square = layer.second_moments[part][at].mul_(second).addcmul_(gradient, gradient, value=1 - second)
            layer.first_moments[part][at], layer.second_moments[part][at] = mean, square
            corrected = (square / (1 - second**steps).view(shape)).sqrt_().add_(self._settings.eps)
            change = mean.div_((1 - first**steps).view(shape)).div_(corrected).mul_(-rate)
            decay = 1 - rate * self._settings.weight_decay
            if part == "column":
                weight = layer.block.second.weight
                weight[:, units] = weight[:, units] * decay + change.T
            else:
                weight = layer.block.first.weight if part == "row" else layer.block.first.bias
                weight[units] = weight[units] * decay + change

    def state(self) -> dict[str, Tensor]:
        """Moments and step counts of the updatable units, by layer."""
        tensors = (
            {} if self._others is None else {f"others/{key}": value for key, value in self._others.state().items()}
        )
        for depth, layer in enumerate(self._layers):
            tensors[f"{depth}.steps"] = layer.steps
            for part in _PARTS:
                tensors[f"{depth}.{part}.first"] = layer.first_moments[part]
                tensors[f"{depth}.{part}.second"] = layer.second_moments[part]
        return tensors

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Continue from ``state()``."""
        for depth, layer in enumerate(self._layers):
            layer.steps.copy_(state[f"{depth}.steps"])
            for part in _PARTS:
                layer.first_moments[part].copy_(state[f"{depth}.{part}.first"])
                layer.second_moments[part].copy_(state[f"{depth}.{part}.second"])
        if self._others is not None:
            prefix = "others/"
            self._others.restore({k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)})
