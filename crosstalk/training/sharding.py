"""A model spread over the processes of a training (FSDP2): each holds a part of the rows of every parameter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from torch import nn
from torch.distributed.fsdp import FSDPModule, fully_shard


def shard(model: nn.Module, layers: Iterable[nn.Module]) -> None:
    """Spread ``layers``, then the rest of ``model``, in place; gradients are sums over processes, as elsewhere."""
    for module in (*layers, model):
        fully_shard(module)
        cast(FSDPModule, module).set_gradient_divide_factor(1.0)
        cast(FSDPModule, module).set_force_sum_reduction_for_comms(True)  # gloo has no other
