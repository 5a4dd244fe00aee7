"""Real fairseq 0.12.2, which was last released in 2022, with the Python, numpy and torch of today.

Everything is mended where fairseq sees it, at the first import: Python 3.11 refuses its mutable defaults, numpy lost
the aliases it uses, torch no longer unpickles its checkpoints, and its encoder layers hold each weight twice.
"""

from __future__ import annotations

import dataclasses
import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import nn

from crosstalk.errors import CrosstalkError

DEAD = tuple(f"{name}_{part}" for name in ("in_proj", "out_proj", "fc1", "fc2") for part in ("weight", "bias"))
"""Parameters of an encoder layer that repeat others and are never trained."""


def load_fairseq() -> Any:
    """The module ``fairseq``; CrosstalkError when it is not installed."""
    if find_spec("fairseq") is None:
        raise CrosstalkError("fairseq is not installed; type: make fairseq")
    if "fairseq.models.transformer" in sys.modules:
        return sys.modules["fairseq"]
    for name, kind in {"int": int, "float": float, "object": object}.items():
        if name not in vars(np):
            setattr(np, name, kind)
    with _hashable_defaults("hydra", "fairseq"):
        fairseq = import_module("fairseq")
        import_module("fairseq.models.transformer")
    checkpoints = import_module("fairseq.checkpoint_utils")
    # Only files that this machine wrote reach fairseq itself; others are read by ``checkpoint.read``.
    trusting = {**vars(torch), "load": functools.partial(torch.load, weights_only=False)}
    setattr(checkpoints, "torch", SimpleNamespace(**trusting))  # noqa: B010
    _mend(import_module("fairseq.modules.transformer_layer").TransformerEncoderLayerBase)
    return fairseq


@contextmanager
def _hashable_defaults(*packages: str) -> Iterator[None]:
    """While these packages are imported their data classes are hashable, as a default value must be."""
    original = dataclasses.dataclass

    def dataclass(cls: type | None = None, /, **settings: Any) -> Any:
        def wrap(found: type) -> type:
            if found.__module__.split(".")[0] in packages and "__hash__" not in vars(found):
                settings.setdefault("unsafe_hash", True)
            return original(found, **settings)

        return wrap if cls is None else wrap(cls)

    setattr(dataclasses, "dataclass", dataclass)  # noqa: B010
    try:
        yield
    finally:
        setattr(dataclasses, "dataclass", original)  # noqa: B010


def _mend(layer: Any) -> None:
    """Take the dead parameters out of encoder layers, and out of checkpoints that have them."""
    original: Callable[..., None] = layer.__init__

    def start(self: Any, *arguments: Any, **settings: Any) -> None:
        original(self, *arguments, **settings)
        self.can_use_fastpath = self.BT_version = False
        for name in DEAD:
            delattr(self, name)

    def load(self: nn.Module, state: dict[str, Any], prefix: str, *rest: Any) -> None:
        for name in DEAD:
            state.pop(prefix + name, None)
        nn.Module._load_from_state_dict(self, state, prefix, *rest)

    layer.__init__, layer._load_from_state_dict = start, load
