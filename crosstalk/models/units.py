"""Where the units are: for each architecture, the module paths of its encoder's feed-forward blocks.

A unit is one input of ``second`` (after the activation): row j of ``first``, its bias j, column j of ``second``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from torch import Tensor, nn
from transformers import PreTrainedModel

from crosstalk.errors import CrosstalkError


@dataclass(frozen=True)
class HookPoints:
    """Module paths: of the encoder and its layers inside a model, of the rest inside a layer.

    ``norm`` is the LayerNorm that ends a layer: the last layer's writes the encoder's output.
    """

    encoder: str
    layers: str
    first: str
    second: str
    norm: str


ARCHITECTURES = {
    "bart": HookPoints("model.encoder", "model.encoder.layers", "fc1", "fc2", "final_layer_norm"),
}


@dataclass(frozen=True)
class FeedForward:
    """One encoder layer's two linear maps; ``second.in_features`` units."""

    first: nn.Linear
    second: nn.Linear


def feed_forwards(model: PreTrainedModel) -> list[FeedForward]:
    """The encoder's feed-forward blocks in order of depth; CrosstalkError for an architecture not in the table."""
    kind = model.config.model_type
    if kind not in ARCHITECTURES:
        raise CrosstalkError(f"model_type {kind!r} has no hook points; known: {', '.join(sorted(ARCHITECTURES))}")
    points = ARCHITECTURES[kind]
    layers = cast(nn.ModuleList, model.get_submodule(points.layers))
    pairs = [[layer.get_submodule(name) for name in (points.first, points.second)] for layer in layers]
    return [FeedForward(cast(nn.Linear, first), cast(nn.Linear, second)) for first, second in pairs]


def encoder_of(model: PreTrainedModel) -> nn.Module:
    """The encoder module."""
    feed_forwards(model)
    return model.get_submodule(ARCHITECTURES[model.config.model_type].encoder)


def output_norm(model: PreTrainedModel) -> nn.LayerNorm:
    """The LayerNorm whose output is the encoder's."""
    feed_forwards(model)
    points = ARCHITECTURES[model.config.model_type]
    last = cast(nn.ModuleList, model.get_submodule(points.layers))[-1]
    return cast(nn.LayerNorm, last.get_submodule(points.norm))


@contextmanager
def watching(
    model: PreTrainedModel, see: Callable[[int, Tensor], Tensor | None], before_activation: bool = False
) -> Iterator[None]:
    """Call ``see(layer, activations [sentences, tokens, units])`` in every encoder layer; its result replaces them."""
    handles = []
    for layer, block in enumerate(feed_forwards(model)):
        if before_activation:
            handles.append(block.first.register_forward_hook(lambda _m, _i, out, layer=layer: see(layer, out)))
        else:

            def hook(_module: nn.Module, inputs: tuple[Tensor], layer: int = layer) -> tuple[Tensor] | None:
                changed = see(layer, inputs[0])
                return None if changed is None else (changed,)

            handles.append(block.second.register_forward_pre_hook(hook))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
