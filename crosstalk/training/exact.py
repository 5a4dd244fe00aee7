"""AdamW that leaves alone, bit for bit, what no micro-batch of an update may change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from crosstalk.config.training import Optimisation
from crosstalk.training.updates import DenseUpdater, sum_over_processes

Masks = Mapping[str, Tensor]
"""Parameter name -> which of its entries count: booleans that broadcast to its shape."""


class ExactUpdater(DenseUpdater):
    """Changes of a parameter's entries only those that some micro-batch of the update allowed, moments included.

    Entries of a parameter share its step count, which the bias correction of Adam's moments uses. Parameters without
    a mask are free.
    """

    def __init__(
        self, model: nn.Module, masks: Mapping[str, Masks], settings: Optimisation, accelerator: Accelerator
    ) -> None:
        """``masks``: what micro-batches of each language, in the sense of the task, may change."""
        super().__init__(model, settings, accelerator)
        device = accelerator.device
        self.masks = {key: {name: mask.to(device) for name, mask in some.items()} for key, some in masks.items()}
        self._masked = {name: value for name, value in self._parameters if name in next(iter(self.masks.values()))}
        self._allowed: dict[str, Tensor] = {}

    def begin(self, language: str) -> None:
        """The next micro-batch may change what this language's masks allow."""
        for name, mask in self.masks[language].items():
            self._allowed[name] = mask | self._allowed[name] if name in self._allowed else mask

    @torch.no_grad()
    def step(self, rate: float) -> float:
        """Clip, step what was allowed, and clear the gradients."""
        some = next(iter(self.masks.values()))
        counts = [self._allowed.get(name, torch.zeros_like(some[name])).float() for name in self._masked]
        sum_over_processes(counts, self._accelerator)
        state = {name: (value, *self._moments(value)) for name, value in self._masked.items()}
        before = {name: [tensor.clone() for tensor in tensors] for name, tensors in state.items()}
        norm = super().step(rate)
        for (name, tensors), count in zip(state.items(), counts, strict=True):
            for now, old in zip(tensors, before[name], strict=True):
                now.copy_(torch.where(count > 0, now, old))
        self._allowed = {}
        return norm

    def _moments(self, value: nn.Parameter) -> tuple[Tensor, Tensor]:
        """Adam's two moments of a parameter, which are zero before its first step."""
        state = self._adam.state[value]
        if not state:
            state |= {"step": torch.zeros((), device=value.device)}
            state |= {key: torch.zeros_like(value) for key in ("exp_avg", "exp_avg_sq")}
        return state["exp_avg"], state["exp_avg_sq"]


class MaskedUpdater(ExactUpdater):
    """Every micro-batch runs with its language's share of the weights, the others at zero, and changes only those."""

    def __init__(
        self, model: nn.Module, masks: Mapping[str, Masks], settings: Optimisation, accelerator: Accelerator
    ) -> None:
        super().__init__(model, masks, settings, accelerator)
        self._whole = {name: value.detach().clone() for name, value in self._masked.items()}
        self._current: Masks = {}
        for name, value in self._masked.items():
            value.register_hook(lambda gradient, name=name: gradient * self._current.get(name, 1.0))

    def begin(self, language: str) -> None:
        """The next micro-batch runs under this language's masks."""
        super().begin(language)
        self._put(self.masks[language])

    def step(self, rate: float) -> float:
        """As ``ExactUpdater``, on the whole weights."""
        self._put({})
        norm = super().step(rate)
        self._keep()
        return norm

    @contextmanager
    def selected(self, language: str) -> Iterator[None]:
        """The model under a language's masks, to be evaluated."""
        self._put(self.masks[language])
        try:
            yield
        finally:
            self._put({})

    def variants(self, weights: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
        """The masks by language: a variant's weights are ``weights`` times its masks."""
        return {key: dict(some) for key, some in self.masks.items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Continue from ``state()`` with the model's weights as they are now."""
        super().restore(state)
        self._keep()

    @torch.no_grad()
    def _put(self, masks: Masks) -> None:
        self._current = masks
        for name, value in self._masked.items():
            value.copy_(self._whole[name] * masks[name] if masks else self._whole[name])

    @torch.no_grad()
    def _keep(self) -> None:
        for name, value in self._masked.items():
            self._whole[name].copy_(value)
