"""Training of adapters, with the model around them frozen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from accelerate import Accelerator
from torch import Tensor
from transformers import PreTrainedModel

from crosstalk.config.training import Optimisation
from crosstalk.models import adapters
from crosstalk.training.exact import ExactUpdater


class AdapterUpdater(ExactUpdater):
    """A micro-batch runs through two keys' adapters, in the encoder and the decoder, and changes only those."""

    def __init__(
        self,
        model: PreTrainedModel,
        keys: Mapping[str, tuple[str, str]],
        bottleneck: int,
        settings: Optimisation,
        accelerator: Accelerator,
        seed: int,
    ) -> None:
        """``keys``: language, in the sense of the task -> its adapters in the encoder and in the decoder."""
        sides = {side: sorted({pair[place] for pair in keys.values()}) for place, side in enumerate(adapters.SIDES)}
        model.requires_grad_(False)
        adapters.install(model, bottleneck, sides, seed)
        model.to(accelerator.device)
        places = {
            name: (".encoder." in name, name.split(".adapter.each.")[1].split(".")[0])
            for name, value in model.named_parameters()
            if value.requires_grad
        }
        masks = {
            language: {name: torch.tensor(key == pair[0 if inside else 1]) for name, (inside, key) in places.items()}
            for language, pair in keys.items()
        }
        super().__init__(model, masks, settings, accelerator)
        self._model, self._keys, self._places = model, keys, places

    def begin(self, language: str) -> None:
        """The next micro-batch runs through this language's adapters."""
        super().begin(language)
        adapters.choose(self._model, *self._keys[language])

    @contextmanager
    def selected(self, language: str) -> Iterator[None]:
        """The model with a language's adapters, to be evaluated."""
        adapters.choose(self._model, *self._keys[language])
        yield

    def variants(self, weights: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
        """Every key's adapters."""
        found: dict[str, dict[str, Tensor]] = {}
        for name, (_, key) in self._places.items():
            found.setdefault(key, {})[name] = weights[name]
        return found
