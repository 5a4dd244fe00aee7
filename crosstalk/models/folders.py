"""Reading model folders: safetensors only, never from the network, and complete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForSeq2SeqLM

from crosstalk.errors import CrosstalkError


def load_folder(kind: Any, folder: str | Path, name: str, needs: str = "", **overrides: Any) -> Any:
    """A model of class ``kind`` from a transformers folder, with some of its configuration overridden.

    Raises CrosstalkError when the folder is missing or damaged, or lacks weights whose names start with ``needs``
    (transformers would start them at random).
    """
    load: Any = kind.from_pretrained
    try:
        model, found = load(folder, local_files_only=True, use_safetensors=True, output_loading_info=True, **overrides)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise CrosstalkError(f"{folder}: not a readable {name} folder ({reason}); it may be truncated") from error
    if missing := sorted(key for key in found["missing_keys"] if key.startswith(needs)):
        raise CrosstalkError(f"{folder}: not a readable {name} folder (it lacks {missing[0]})")
    return model


def load_translator(folder: str | Path, dropout: float | None = None, device: torch.device | None = None) -> Any:
    """An encoder-decoder of any architecture from a transformers folder, on a device, with another dropout if given.

    Raises CrosstalkError when the folder is missing or damaged.
    """
    overrides: dict[str, Any] = {}
    if dropout is not None:
        config = json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))
        overrides["dropout_rate" if "dropout_rate" in config else "dropout"] = dropout
    return load_folder(AutoModelForSeq2SeqLM, folder, "model", **overrides).to(device)
