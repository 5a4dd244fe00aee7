"""Eq. (3), NRD §3.3.2: dampening a language's syntax-sensitive units while the encoder runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor, nn

from crosstalk.artefacts import GAMMA, PARTITION, read_table
from crosstalk.methods.filtering import factors_of
from crosstalk.models.named import PreTrainedModel
from crosstalk.models.units import encoder_of, feed_forwards, output_norm, watching

Mask = dict[int, Float[Tensor, " units"]]
"""Factors of a language's units by encoder layer; the layer after the last stands for the encoder's output."""


def factors(roles: NDArray[np.object_], factor: float) -> Float[Tensor, " units"]:
    """Eq. (3), NRD §3.3.2: M_l[j] = ``factor`` for j in N_syn^l and 1 elsewhere, for units with these ``roles``."""
    return torch.from_numpy(np.where(roles == "syntactic", factor, 1.0).astype(np.float32))


def masks(partition: pd.DataFrame, factor_of: Mapping[str, float], layers: str = "all") -> dict[str, Mask]:
    """Masks by language from PARTITION rows: a factor on its syntactic units, in ``all`` layers or the ``last``."""
    found: dict[str, Mask] = {}
    for language, factor in factor_of.items():
        mine = partition[partition["language"] == language].sort_values("unit")
        depths = sorted(mine["layer"].unique().tolist())
        roles = {layer: mine.loc[mine["layer"] == layer, "role"].to_numpy(dtype=object) for layer in depths}
        found[language] = {layer: factors(roles[layer], factor) for layer in depths}
    return {code: {max(some): some[max(some)]} for code, some in found.items()} if layers == "last" else found


def read_masks(
    partition: str | Path | None, gamma: str | Path | None, settings: Mapping[str, Any]
) -> tuple[dict[str, float], dict[str, Mask]]:
    """The factor and the mask of each language that a partition's file has; none without one.

    ``settings`` is the Filter section and the filter's ``name``. Raises CrosstalkError when a file is damaged.
    """
    if partition is None:
        return {}, {}
    rows = read_table(partition, PARTITION).to_pandas()
    factor_of = factors_of(rows, read_table(gamma, GAMMA).to_pandas() if gamma else None, settings)
    return factor_of, masks(rows, factor_of, settings["layers"])


@contextmanager
def folded(model: PreTrainedModel, masks: Mask) -> Iterator[None]:
    """Filter every sentence by folding the mask into weights: no cost at decoding, and a model that can be saved.

    A mask on a layer's units goes into the columns of its second map, one on the encoder's output into the norm
    that writes it: factor * (w * x + b) = (factor * w) * x + factor * b.
    """
    changed = [(weight, weight.detach().clone(), factor) for weight, factor in _folding(model, masks)]
    try:
        with torch.no_grad():
            for weight, original, factor in changed:
                weight.copy_(original * factor.to(original.device))
        yield
    finally:
        with torch.no_grad():
            for weight, original, _ in changed:
                weight.copy_(original)


def _folding(model: PreTrainedModel, masks: Mask) -> Iterator[tuple[Tensor, Tensor]]:
    blocks = feed_forwards(model)
    for layer, factor in masks.items():
        if layer < len(blocks):
            yield blocks[layer].second.weight, factor
        else:
            for value in output_norm(model).parameters():
                yield value, factor


@contextmanager
def per_sentence(model: PreTrainedModel, masks: Mapping[str, Mask], languages: list[str]) -> Iterator[None]:
    """Filter a mixed batch: sentence i by the mask of ``languages[i]``; the batch must be run as a whole."""
    depth = len(feed_forwards(model))
    device = next(model.parameters()).device
    layers = {layer for some in masks.values() for layer in some}
    stacked = {}
    for layer in layers:
        width = next(some[layer] for some in masks.values() if layer in some).shape
        rows = [masks.get(language, {}).get(layer, torch.ones(width)) for language in languages]
        stacked[layer] = torch.stack(rows)[:, None, :].to(device)

    def see(layer: int, hidden: Tensor) -> Tensor | None:
        return hidden * stacked[layer].to(hidden.dtype) if layer in stacked else None

    handle = _on_output(model, stacked[depth]) if depth in stacked else None
    try:
        with watching(model, see):
            yield
    finally:
        if handle is not None:
            handle.remove()


def _on_output(model: PreTrainedModel, factor: Tensor) -> torch.utils.hooks.RemovableHandle:
    def scale(_module: nn.Module, _inputs: object, output: object) -> object:
        output.last_hidden_state = output.last_hidden_state * factor.to(output.last_hidden_state)  # type: ignore[attr-defined]
        return output

    return encoder_of(model).register_forward_hook(scale)
