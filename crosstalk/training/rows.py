"""Training of chosen output units of linear maps, a row of the weights and its bias each; the rest stays, bit for bit.

Layers that have no chosen unit ask for no gradient, so that nothing is computed below the lowest one that has. Under
FSDP2 a process holds a part of the rows, and steps those of them that are chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from torch.nn import functional

from crosstalk.config.training import Optimisation
from crosstalk.training.moments import RowMoments
from crosstalk.training.sharding import held, local
from crosstalk.training.updates import sum_over_processes

Rows = Mapping[str, Tensor]
"""Name of a linear module -> the numbers of its chosen output units, ascending."""


_MOST = 2
"""Where one row in so many is chosen or more, all are computed at once: faster than taking them out."""


def _others(rows: Tensor, count: int) -> Tensor:
    """The rows of ``count`` that are not among ``rows``."""
    return torch.nonzero(torch.ones(count, dtype=torch.bool, device=rows.device).index_fill_(0, rows, False)).flatten()


class _Linear(torch.autograd.Function):
    """x W^T + b whose gradients of W and b are those of some rows, and zero elsewhere."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor | None, rows: Tensor) -> Tensor:
        ctx.save_for_backward(inputs, weight, rows)
        ctx.biased = bias is not None
        return functional.linear(inputs, weight.to(inputs.dtype), None if bias is None else bias.to(inputs.dtype))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor, Tensor | None, None]:
        inputs, weight, rows = ctx.saved_tensors
        flat, before = gradient.flatten(0, -2), inputs.flatten(0, -2)
        below = gradient @ weight.to(gradient.dtype) if ctx.needs_input_grad[0] else None
        if len(rows) * _MOST >= len(weight):
            changed, shifted = (flat.T @ before).to(weight.dtype), flat.sum(0).to(weight.dtype) if ctx.biased else None
            if len(rows) < len(weight):
                frozen = _others(rows, len(weight))
                for value in (changed, shifted):
                    if value is not None:
                        value.index_fill_(0, frozen, 0.0)
            return below, changed, shifted, None
        chosen = flat.index_select(1, rows)
        changed = torch.zeros_like(weight).index_copy_(0, rows, (chosen.T @ before).to(weight.dtype))
        shifted = None
        if ctx.biased:
            shifted = weight.new_zeros(len(weight)).index_copy_(0, rows, chosen.sum(0).to(weight.dtype))
        return below, changed, shifted, None


@dataclass
class _Layer:
    """A linear map: its chosen rows that this process holds, and which of them the next micro-batch may change.

    ``first`` is the number of the first row held here; ``mine`` the held chosen rows, counted from there; ``counts``
    how many every process has.
    """

    linear: nn.Linear
    units: int
    first: int
    mine: Tensor
    moments: RowMoments
    active: Tensor
    touched: Tensor
    counts: list[int]

    def forward(self, inputs: Tensor) -> Tensor:
        return cast(Tensor, _Linear.apply(inputs, self.linear.weight, self.linear.bias, self.active))

    @property
    def parameters(self) -> list[nn.Parameter]:
        own = (self.linear.weight, self.linear.bias)
        return [cast(nn.Parameter, value) for value in own if value is not None]


class RowUpdater:
    """Adam on chosen output units of linear maps, with a state for each of them."""

    def __init__(
        self, model: nn.Module, allowed: Mapping[str, Rows], settings: Optimisation, accelerator: Accelerator
    ) -> None:
        """``allowed``: for each language the units its batches may change; everything else is frozen.

        A model that is sharded is so already; Raises KeyError for a module that it does not have.
        """
        self._settings, self._accelerator = settings, accelerator
        model.requires_grad_(False)
        device = accelerator.device
        self._allowed = {
            language: {name: rows.to(device) for name, rows in some.items()} for language, some in allowed.items()
        }
        names = dict.fromkeys(name for some in allowed.values() for name, rows in some.items() if len(rows))
        modules = dict(model.named_modules())
        self._sharded = any(isinstance(value, DTensor) for value in model.parameters())
        self._layers = {name: self._layer(cast(nn.Linear, modules[name]), name) for name in names}
        for layer in self._layers.values():
            for value in layer.parameters:
                value.requires_grad_(True)
            # Modules stay in place, so that hooks, saving and loading see the same model.
            setattr(layer.linear, "forward", partial(_Layer.forward, layer))  # noqa: B010

    def begin(self, language: str) -> None:
        """The next micro-batch may change this language's units."""
        for name, layer in self._layers.items():
            layer.active = self._allowed[language][name]
            layer.touched[layer.active] = 1.0

    @torch.no_grad()
    def step(self, rate: float) -> float:
        """One Adam step of every unit that some micro-batch of this update allowed; clears the gradients."""
        layers, settings = list(self._layers.values()), self._settings
        gradients = [self._gradient(value) for layer in layers for value in layer.parameters]
        if not self._sharded:
            sum_over_processes(gradients, self._accelerator)
        sum_over_processes([layer.touched for layer in layers], self._accelerator)
        square = torch.stack([gradient.float().square().sum() for gradient in gradients]).sum()
        if self._sharded:
            square = cast(Tensor, self._accelerator.reduce(square, "sum"))
        norm = float(square.sqrt())
        scale = min(1.0, settings.clip / (norm + 1e-6)) if settings.clip else 1.0
        for layer in layers:
            self._change(layer, rate, scale)
        return norm

    def _change(self, layer: _Layer, rate: float, scale: float) -> None:
        active = layer.touched[layer.mine + layer.first] > 0
        layer.touched.zero_()
        at = torch.nonzero(active).flatten()
        if len(layer.mine) == len(local(layer.linear.weight)) and len(at) * _MOST >= len(layer.mine):
            self._change_most(layer, active, rate, scale)
            return
        rows = layer.mine[at]
        own = [self._gradient(value)[rows].float() for value in layer.parameters]
        parts = [part if part.dim() == 2 else part[:, None] for part in own]
        changes = layer.moments.advance(at, torch.cat(parts, 1).mul_(scale), self._settings).mul_(rate)
        for value, change in zip(layer.parameters, changes.split([part.shape[1] for part in parts], 1), strict=True):
            mine = local(value)
            mine[rows] = mine[rows] * (1 - rate * self._settings.weight_decay) + change.view_as(mine[rows])
            value.grad = None

    def _change_most(self, layer: _Layer, active: Tensor, rate: float, scale: float) -> None:
        """``_change`` without copies, of a map all of whose rows are chosen and most of them stepped."""
        own = [self._gradient(value).float() for value in layer.parameters]
        parts = [part if part.dim() == 2 else part[:, None] for part in own]
        gradient = parts[0] if len(parts) == 1 else torch.cat(parts, 1)
        change = layer.moments.advance_most(active, gradient.mul_(scale), self._settings).mul_(rate)
        decay = 1 - rate * self._settings.weight_decay * active.float()
        for value, part in zip(layer.parameters, change.split([part.shape[1] for part in parts], 1), strict=True):
            mine = local(value)
            if self._settings.weight_decay:
                mine.mul_(decay.view(-1, *[1] * (mine.dim() - 1)))
            mine.add_(part.view_as(mine))
            value.grad = None

    def state(self) -> dict[str, Tensor]:
        """Moments and step counts of the updatable units, by module; of all processes. All of them call this."""
        return {
            f"{name}/{key}": self._together(value, layer.counts)
            for name, layer in self._layers.items()
            for key, value in layer.moments.state().items()
        }

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Continue from ``state()``."""
        rank = self._accelerator.process_index
        for name, layer in self._layers.items():
            before = sum(layer.counts[:rank]) if self._sharded else 0
            for key, value in layer.moments.state().items():
                value.copy_(state[f"{name}/{key}"][before : before + len(value)])

    @property
    def numbers(self) -> int:
        """Numbers that Adam keeps in this process."""
        return sum(value.numel() for layer in self._layers.values() for value in layer.moments.state().values())

    def _together(self, mine: Tensor, counts: Sequence[int]) -> Tensor:
        """Rows of all processes, each of which has its own where the model is sharded, below each other."""
        if not self._sharded:
            return mine
        padded = mine.new_zeros(1, max(counts), *mine.shape[1:])
        padded[0, : len(mine)] = mine
        every = cast(Tensor, self._accelerator.gather(padded)).cpu()
        return torch.cat([rows[:count] for rows, count in zip(every, counts, strict=True)])

    def _layer(self, linear: nn.Linear, name: str) -> _Layer:
        device = self._accelerator.device
        first, count = held(linear.weight)
        rows = torch.unique(torch.cat([some[name] for some in self._allowed.values()]))
        mine = rows[(rows >= first) & (rows < first + count)] - first
        numbers = linear.in_features + (linear.bias is not None)
        counts = cast(Tensor, self._accelerator.gather(torch.tensor([len(mine)], device=device))).tolist()
        return _Layer(
            linear, linear.out_features, first, mine, RowMoments(len(mine), numbers, device),
            rows, torch.zeros(linear.out_features, device=device), counts,
        )  # fmt: skip

    @staticmethod
    def _gradient(value: nn.Parameter) -> Tensor:
        return torch.zeros_like(local(value)) if value.grad is None else local(value.grad)
