"""Reading a checkpoint without running anything that it contains."""

from __future__ import annotations

import argparse
import collections
import pickle
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from crosstalk.errors import CrosstalkError

_PLAIN = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("argparse", "Namespace"): argparse.Namespace,
    ("torch._utils", "_rebuild_tensor_v2"): torch._utils._rebuild_tensor_v2,
    ("torch._utils", "_rebuild_parameter"): torch._utils._rebuild_parameter,
    ("torch", "Size"): torch.Size,
    **{("torch", name): getattr(torch, name) for name in ("FloatStorage", "HalfStorage", "LongStorage", "IntStorage")},
    ("torch", "BFloat16Storage"): torch.BFloat16Storage,
    ("torch", "DoubleStorage"): torch.DoubleStorage,
}


class _Inert:
    """Stands for an object of any other class: it keeps its state and does nothing."""

    def __new__(cls, *_arguments: Any, **_settings: Any) -> _Inert:
        return object.__new__(cls)

    def __init__(self, *_arguments: Any, **_settings: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def __setitem__(self, key: Any, value: Any) -> None:
        """Entries of a class that is a mapping: not kept."""

    def append(self, value: Any) -> None:
        """Entries of a class that is a list: not kept."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return _PLAIN.get((module, name)) or type(name, (_Inert,), {})


def _load(file: Any, **settings: Any) -> Any:
    return _Unpickler(file, **settings).load()


def read_checkpoint(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Weights and settings of the model in a fairseq checkpoint; of anything else in it only plain values are read.

    Raises CrosstalkError when it is not one.
    """
    reader: Any = SimpleNamespace(Unpickler=_Unpickler, load=_load, __name__="crosstalk.fairseq.unpickle")
    try:
        found = torch.load(path, map_location="cpu", pickle_module=reader, weights_only=False)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise CrosstalkError(f"{path}: not a readable checkpoint ({reason})") from error
    weights = found.get("model") if isinstance(found, Mapping) else None
    if not isinstance(weights, Mapping) or not all(isinstance(value, torch.Tensor) for value in weights.values()):
        raise CrosstalkError(f"{path}: not a checkpoint of fairseq; expected weights under 'model'")
    configuration = _plain(found.get("cfg")) or {}
    settings = configuration.get("model") if isinstance(configuration, Mapping) else None
    if not settings:
        settings = _plain(found.get("args"))
    if not isinstance(settings, Mapping):
        raise CrosstalkError(f"{path}: has no settings of its model; expected 'cfg' or 'args'")
    return dict(weights), dict(settings)


def _plain(value: Any) -> Any:
    """A configuration without its classes: mappings, lists and values; None for what is none of them."""
    if isinstance(value, argparse.Namespace):
        return {key: _plain(entry) for key, entry in vars(value).items()}
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, _Inert):
        state = getattr(value, "state", None)
        state = state[0] if isinstance(state, tuple) and state else state
        if not isinstance(state, Mapping):
            return None
        return _plain(state.get("_content")) if "_content" in state else _plain(state.get("_val"))
    return value
