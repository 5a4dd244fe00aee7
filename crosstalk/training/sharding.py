"""A model spread over the processes of a training (FSDP2): each holds a part of the rows of every parameter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MethodType
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard, register_fsdp_forward_method
from torch.distributed.tensor import DTensor
from torch.distributed.tensor._utils import compute_local_shape_and_global_offset


def shard(model: nn.Module, layers: Iterable[nn.Module], half: bool) -> None:
    """Spread ``layers``, then the rest of ``model``, in place; gradients are sums over processes, as elsewhere.

    Parameters are gathered in bfloat16 when ``half``, and kept and summed in their own precision.
    """
    policy = MixedPrecisionPolicy(torch.bfloat16, torch.float32) if half else MixedPrecisionPolicy()
    for module in (*layers, model):
        fully_shard(module, mp_policy=policy)
        cast(FSDPModule, module).set_gradient_divide_factor(1.0)
        cast(FSDPModule, module).set_force_sum_reduction_for_comms(True)  # gloo has no other


_CALL = "token_loss"
"""Name of a sharded model's method that computes the loss."""


def loss_of(model: Any, function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """``function`` of the model, as it is to be called: a sharded model gathers its weights only for calls that it
    knows of (``shard_with``)."""
    called: Callable[..., Tensor] = getattr(model, _CALL, partial(function, model))
    return called


def shard_with(model: Any, layers: Iterable[nn.Module], half: bool, function: Callable[..., Tensor]) -> None:
    """As ``shard``, for a loss that is ``function`` of the model."""
    shard(model, layers, half)
    setattr(model, _CALL, MethodType(function, model))
    register_fsdp_forward_method(model, _CALL)


def local(value: Tensor) -> Tensor:
    """What this process holds of a tensor, which it can be written to by."""
    return value.to_local() if isinstance(value, DTensor) else value


def held(value: Tensor) -> tuple[int, int]:
    """The first row of a tensor that this process holds, and how many it holds."""
    if not isinstance(value, DTensor):
        return 0, len(value)
    shape, offset = compute_local_shape_and_global_offset(value.shape, value.device_mesh, value.placements)
    return offset[0], shape[0]


def whole(value: Tensor, wanted: bool) -> Tensor:
    """A sharded tensor with the parts of all processes, on the CPU, or empty where it is not ``wanted``; another one as
    it is. All processes call this."""
    if not isinstance(value, DTensor):
        return value
    full = value.full_tensor()
    return full.cpu() if wanted else full.new_empty(0)


def part(full: Tensor, like: Tensor) -> Tensor:
    """A whole tensor as ``like`` is held: on its device, and only this process's rows where it is sharded."""
    if not isinstance(like, DTensor):
        return full.to(like.device)
    first, count = held(like)
    mine = full[first : first + count].to(like.device)
    return DTensor.from_local(
        mine, like.device_mesh, like.placements, run_check=False, shape=like.shape, stride=like.stride()
    )


@torch.no_grad()
def load_weights(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Give a model weights by parameter name, whatever part of them it holds; others stay."""
    parameters = dict(model.named_parameters())
    if not any(isinstance(value, DTensor) for value in parameters.values()):
        model.load_state_dict(weights, strict=False)
        return
    for name, full in weights.items():
        local(parameters[name]).copy_(local(part(full, parameters[name])))
