"""What an update changes: the whole model (this module) or chosen units (``units``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch._utils import _flatten_dense_tensors, _unflatten_dense_tensors
from torch.distributed.tensor import DTensor

from crosstalk.config.training import Optimisation
from crosstalk.training.sharding import part, whole


@runtime_checkable
class Updater(Protocol):
    """Turns the gradients of an update's micro-batches into a step."""

    def begin(self, language: str) -> None:
        """The next micro-batch is of this language."""

    def step(self, rate: float) -> float:
        """Apply the gathered gradients at this learning rate; return their norm before clipping."""

    def state(self) -> dict[str, Tensor]:
        """Everything needed to continue, besides the weights; of a sharded model, whole in the main process. All
        processes call this."""

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Continue from ``state()``."""


@runtime_checkable
class Varied(Protocol):
    """An updater whose model has weights of its own for each language, in the sense of the task."""

    def selected(self, language: str) -> AbstractContextManager[None]:
        """The model with a language's weights, to be evaluated."""

    def variants(self, weights: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
        """Key -> what distinguishes its variant from a model with the trained ``weights`` (``models.variants``)."""


def sum_over_processes(gradients: Sequence[Tensor], accelerator: Accelerator) -> None:
    """Add up gradients over processes in place, in one message; nothing to do for a single process."""
    if accelerator.num_processes == 1:
        return
    flat = accelerator.reduce(_flatten_dense_tensors(gradients), "sum")
    for gradient, summed in zip(gradients, _unflatten_dense_tensors(flat, gradients), strict=True):
        gradient.copy_(summed)


class DenseUpdater:
    """AdamW on every parameter that asks for a gradient."""

    def __init__(self, model: nn.Module, settings: Optimisation, accelerator: Accelerator) -> None:
        self._parameters = [(name, value) for name, value in model.named_parameters() if value.requires_grad]
        self._clip, self._accelerator = settings.clip, accelerator
        self._sharded = any(isinstance(value, DTensor) for _, value in self._parameters)
        self._adam = torch.optim.AdamW(
            [value for _, value in self._parameters],
            lr=0.0,
            betas=settings.betas,
            eps=settings.eps,
            weight_decay=settings.weight_decay,
            fused=True,
        )

    def begin(self, language: str) -> None:
        """All languages update everything."""

    def step(self, rate: float) -> float:
        """Clip, step, and clear the gradients."""
        parameters = [value for _, value in self._parameters]
        for value in parameters:
            if value.grad is None:
                value.grad = torch.zeros_like(value)
        if not self._sharded:
            sum_over_processes([value.grad for value in parameters if value.grad is not None], self._accelerator)
        norm = whole(nn.utils.clip_grad_norm_(parameters, self._clip or float("inf")), True)
        for group in self._adam.param_groups:
            group["lr"] = rate
        self._adam.step()
        self._adam.zero_grad(set_to_none=True)
        return float(norm)

    def state(self) -> dict[str, Tensor]:
        """Adam's moments and step counts by parameter name."""
        wanted = self._accelerator.is_main_process
        return {
            f"{name}/{key}": whole(value, wanted)
            for name, parameter in self._parameters
            for key, value in self._adam.state.get(parameter, {}).items()
        }

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Continue from ``state()``."""
        for name, parameter in self._parameters:
            mine = {key.rsplit("/", 1)[1]: value for key, value in state.items() if key.rsplit("/", 1)[0] == name}
            self._adam.state[parameter] = {
                key: value if key == "step" else part(value, parameter) for key, value in mine.items()
            }
