"""XLM-T as its folder has it: weights and configuration by name, without a forward pass, so without transformers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from crosstalk.errors import CrosstalkError
from crosstalk.models.named import BartForConditionalGeneration

_POSITION_OFFSET = 2
"""Rows of BART's position embeddings before that of the first token."""


class _Stored(nn.Module):
    device = torch.device("cpu")
    config: SimpleNamespace


def load_stored(folder: str | Path) -> BartForConditionalGeneration:
    """Weights of a model folder (safetensors), to be masked, varied and converted; to run one, ``load_xlmt`` reads it.

    Raises CrosstalkError when the folder is missing or damaged.
    """
    try:
        config = SimpleNamespace(**json.loads((Path(folder) / "config.json").read_text(encoding="utf-8")))
        model = _stored(load_file(Path(folder) / "model.safetensors"), config)
    except (OSError, ValueError, KeyError, AttributeError, SafetensorError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise CrosstalkError(f"{folder}: not a readable model folder ({reason}); it may be truncated") from error
    return cast(BartForConditionalGeneration, model)


def _stored(weights: Mapping[str, Tensor], config: SimpleNamespace) -> _Stored:
    tree: dict[str, Any] = {}
    for name, value in weights.items():
        *path, last = name.split(".")
        place = tree
        for step in path:
            place = place.setdefault(step, {})
        place[last] = value
    bias = tree.pop("final_logits_bias")
    tree["model"] = {"shared": tree["model"].pop("shared"), **tree["model"]}  # by the first of its names it is known
    model = cast(_Stored, _module(tree, _Stored()))
    model.register_buffer("final_logits_bias", bias)
    model.config = config
    parts = cast(Any, model.model)
    for side in (parts.encoder, parts.decoder):
        side.embed_tokens, side.config = parts.shared, config
        side.embed_positions.offset = _POSITION_OFFSET
    model.lm_head = parts.shared
    return model


def _module(tree: Mapping[str, Any], made: nn.Module) -> nn.Module:
    listed = isinstance(made, nn.ModuleList)
    for name, value in sorted(tree.items(), key=lambda item: int(item[0])) if listed else tree.items():
        if isinstance(value, Tensor):
            made.register_parameter(name, nn.Parameter(value, requires_grad=False))
        else:
            made.add_module(name, _module(value, _empty(value)))
    return made


def _empty(tree: Mapping[str, Any]) -> nn.Module:
    if "0" in tree:
        return nn.ModuleList()
    weight = tree.get("weight")
    if weight is None or weight.ndim != 2 or "bias" not in tree:
        return nn.Module()
    return nn.Linear(weight.shape[1], weight.shape[0], device="meta")
