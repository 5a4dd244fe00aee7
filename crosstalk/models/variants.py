"""Weights of a model that belong to some directions only, in files beside it: masks, own weights or adapters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from crosstalk.errors import CrosstalkError
from crosstalk.models import adapters
from crosstalk.models.named import PreTrainedModel

_FOLDER = "variants"


def save_variants(folder: Path, variants: Mapping[str, Mapping[str, Tensor]]) -> None:
    """Write a file for each key into a model folder that is being written: parameter name -> tensor."""
    if variants:
        (folder / _FOLDER).mkdir()
    for key, tensors in variants.items():
        plain = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
        save_file(plain, folder / _FOLDER / f"{key}.safetensors")


def has_adapters(folder: str | Path) -> bool:
    """Whether variants of a model folder are adapters; CrosstalkError when a file is damaged."""
    return any(".adapter." in name for file in _files(folder).values() for name in _names(file))


class Variants:
    """The variants of a model folder, applied to the model that was read from it.

    Of a parameter, booleans say which entries count, the others are zero; numbers stand in its place. Parameters of
    adapters are read into slots, which the model then has.
    """

    def __init__(self, folder: str | Path, model: PreTrainedModel) -> None:
        """Raises CrosstalkError when a file is damaged or names a parameter that the model lacks."""
        self._model, self._files = model, _files(folder)
        self._parameters = dict(model.named_parameters())
        self.adapters = has_adapters(folder)
        if self.adapters:
            self._install()
            return
        for key, file in self._files.items():
            if lacking := sorted(_names(file) - set(self._parameters)):
                raise CrosstalkError(f"{self._files[key]}: the model beside it has no parameter {lacking[0]}")

    def __bool__(self) -> bool:
        return bool(self._files)

    @contextmanager
    def applied(self, encoder: str, decoder: str) -> Iterator[None]:
        """The model with the encoder of one variant and everything else of another.

        Raises CrosstalkError when there is no such variant.
        """
        for key in (encoder, decoder):
            if key not in self._files:
                raise CrosstalkError(f"variants: none for {key!r}; there are {', '.join(self._files) or 'none'}")
        if self.adapters:
            adapters.choose(self._model, encoder, decoder)
            try:
                yield
            finally:
                adapters.choose(self._model, None, None)
            return
        chosen = {name: value for name, value in self._read(encoder).items() if ".encoder." in name}
        chosen |= {name: value for name, value in self._read(decoder).items() if ".encoder." not in name}
        before = {name: self._parameters[name].detach().clone() for name in chosen}
        try:
            self._put({k: before[k] * v.to(before[k]) if v.dtype == torch.bool else v for k, v in chosen.items()})
            yield
        finally:
            self._put(before)

    @torch.no_grad()
    def _put(self, values: Mapping[str, Tensor]) -> None:
        for name, value in values.items():
            self._parameters[name].copy_(value)

    def _install(self) -> None:
        found = {key: self._read(key) for key in self._files}
        bottlenecks = {len(value) for some in found.values() for name, value in some.items() if "down.weight" in name}
        sides = {s: [k for k, v in found.items() if any(f".{s}." in name for name in v)] for s in adapters.SIDES}
        adapters.install(self._model, bottlenecks.pop(), sides, seed=0)
        for some in found.values():
            self._model.load_state_dict(cast(Any, some), strict=False)
        self._model.eval()

    def _read(self, key: str) -> dict[str, Tensor]:
        try:
            return load_file(self._files[key])
        except (OSError, SafetensorError) as error:
            raise _damaged(self._files[key]) from error


def _files(folder: str | Path) -> dict[str, Path]:
    return {file.stem: file for file in sorted((Path(folder) / _FOLDER).glob("*.safetensors"))}


def _names(file: Path) -> set[str]:
    try:
        with safe_open(file, "pt") as opened:
            return set(opened.keys())
    except (OSError, SafetensorError) as error:
        raise _damaged(file) from error


def _damaged(file: Path) -> CrosstalkError:
    return CrosstalkError(f"{file}: not a readable safetensors file; it may be truncated: train the model again")
