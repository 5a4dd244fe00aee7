"""Adapters (Bapna and Firat 2019): a small bottleneck after every layer, one for each key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

import torch
from torch import Tensor, nn

from crosstalk.models.named import PreTrainedModel

SIDES = ("encoder", "decoder")


class Adapter(nn.Module):
    """y = x + W_up ReLU(W_down LN(x)) (Bapna and Firat 2019); W_up starts at zero: a new adapter changes nothing."""

    def __init__(self, width: int, bottleneck: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.down, self.up = nn.Linear(width, bottleneck), nn.Linear(bottleneck, width)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, hidden: Tensor) -> Tensor:
        """[…, width] -> the same."""
        return hidden + cast(Tensor, self.up(torch.relu(self.down(self.norm(hidden)))))


class Slot(nn.Module):
    """The adapters of one layer, of which at most one is in use."""

    def __init__(self, width: int, bottleneck: int, keys: Iterable[str]) -> None:
        super().__init__()
        self.each = nn.ModuleDict({key: Adapter(width, bottleneck) for key in keys})
        self.chosen: str | None = None

    def forward(self, hidden: Tensor) -> Tensor:
        """[…, width] -> the same, through the chosen adapter."""
        return hidden if self.chosen is None else cast(Tensor, self.each[self.chosen](hidden))


def install(model: PreTrainedModel, bottleneck: int, keys: dict[str, list[str]], seed: int) -> None:
    """Put slots with new adapters after every layer; ``keys`` of each side (encoder, decoder)."""
    torch.manual_seed(seed)
    for side in SIDES:
        for layer in _stack(model, side).layers:
            slot = Slot(model.config.d_model, bottleneck, keys[side]).to(model.device)
            layer.add_module("adapter", slot)
            layer.register_forward_hook(lambda _layer, _inputs, output, slot=slot: _through(slot, output))


def choose(model: PreTrainedModel, encoder: str | None, decoder: str | None) -> None:
    """Which adapters run from now on; None for none."""
    for side, key in zip(SIDES, (encoder, decoder), strict=True):
        for slot in slots(model, side):
            slot.chosen = key


def slots(model: PreTrainedModel, side: str) -> Iterator[Slot]:
    """The slots of a side, in order of depth; none in a model without adapters."""
    return (module for module in _stack(model, side).modules() if isinstance(module, Slot))


def _stack(model: PreTrainedModel, side: str) -> Any:
    return model.get_submodule(f"model.{side}")


def _through(slot: Slot, output: Any) -> Any:
    return (slot(output[0]), *output[1:]) if isinstance(output, tuple) else slot(output)
