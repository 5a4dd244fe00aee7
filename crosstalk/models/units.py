"""Where the units are: for each architecture, the module paths of the feed-forward blocks of encoder and decoder.

A unit is one input of ``second`` (after the activation): row j of each map into the units, their biases j, column j of
``second``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, cast

from torch import Tensor, nn

from crosstalk.errors import CrosstalkError
from crosstalk.models.named import PreTrainedModel

Side = Literal["encoder", "decoder"]
SIDES: tuple[Side, Side] = ("encoder", "decoder")


@dataclass(frozen=True)
class HookPoints:
    """Module paths of a side of the model.

    ``stack`` in the model; ``layers`` in the stack; ``inner`` (a gate comes first) and ``second``, the maps into and
    out of the units, in a layer; ``norm``, which writes the stack's output, in the stack, or in its last layer when
    ``after`` each layer comes a norm.
    """

    stack: str
    layers: str
    inner: tuple[str, ...]
    second: str
    norm: str
    after: bool


def _as_in_bart(norm: str, after: bool) -> dict[Side, HookPoints]:
    return {side: HookPoints(f"model.{side}", "layers", ("fc1",), "fc2", norm, after) for side in SIDES}


def _as_in_t5(*inner: str) -> dict[Side, HookPoints]:
    blocks = {side: f"layer.{place}.DenseReluDense" for side, place in zip(SIDES, (1, 2), strict=True)}
    return {
        side: HookPoints(
            side, "block", tuple(f"{block}.{name}" for name in inner), f"{block}.wo", "final_layer_norm", False
        )
        for side, block in blocks.items()
    }


ARCHITECTURES = {
    "bart": _as_in_bart("final_layer_norm", after=True),
    "m2m_100": _as_in_bart("layer_norm", after=False),
    "marian": _as_in_bart("final_layer_norm", after=True),
    "mbart": _as_in_bart("layer_norm", after=False),
    "mt5": _as_in_t5("wi_0", "wi_1"),
    "t5": _as_in_t5("wi"),
    "t5 gated": _as_in_t5("wi_0", "wi_1"),
}
"""Hook points by ``model_type``; NLLB is an m2m_100."""


@dataclass(frozen=True)
class FeedForward:
    """One layer's maps into the units, a gate first, and out of them."""

    inner: tuple[nn.Linear, ...]
    second: nn.Linear

    @property
    def units(self) -> int:
        """Number of units."""
        return self.second.in_features

    @property
    def parameters(self) -> list[Tensor]:
        """Weight and bias, where there is one, of every map into the units; then the weight of the one out of them."""
        found = [value for linear in self.inner for value in (linear.weight, linear.bias) if value is not None]
        return [*found, self.second.weight]


def _points(model: PreTrainedModel, side: Side) -> HookPoints:
    kind = model.config.model_type
    if kind == "t5" and model.config.is_gated_act:
        kind = "t5 gated"
    if kind not in ARCHITECTURES:
        raise CrosstalkError(f"model_type {kind!r} has no hook points; known: {', '.join(sorted(ARCHITECTURES))}")
    return ARCHITECTURES[kind][side]


def _layers(model: PreTrainedModel, side: Side) -> nn.ModuleList:
    points = _points(model, side)
    return cast(nn.ModuleList, model.get_submodule(f"{points.stack}.{points.layers}"))


def feed_forwards(model: PreTrainedModel, side: Side = "encoder") -> list[FeedForward]:
    """A side's feed-forward blocks in order of depth; CrosstalkError for an architecture not in the table."""
    points = _points(model, side)
    return [
        FeedForward(
            tuple(cast(nn.Linear, layer.get_submodule(name)) for name in points.inner),
            cast(nn.Linear, layer.get_submodule(points.second)),
        )
        for layer in _layers(model, side)
    ]


def encoder_of(model: PreTrainedModel) -> nn.Module:
    """The encoder module."""
    return model.get_submodule(_points(model, "encoder").stack)


def output_norm(model: PreTrainedModel) -> nn.Module:
    """The norm whose output is the encoder's; it has a ``weight`` and may have a ``bias``."""
    points = _points(model, "encoder")
    return (_layers(model, "encoder")[-1] if points.after else encoder_of(model)).get_submodule(points.norm)


@contextmanager
def watching(
    model: PreTrainedModel,
    see: Callable[[int, Tensor], Tensor | None],
    before_activation: bool = False,
    side: Side = "encoder",
) -> Iterator[None]:
    """Call ``see(layer, activations [sentences, tokens, units])`` in every layer of a side; its result replaces them.

    ``before_activation``: what goes into the activation function instead.
    """
    handles = []
    for layer, block in enumerate(feed_forwards(model, side)):
        if before_activation:
            handles.append(block.inner[0].register_forward_hook(lambda _m, _i, out, layer=layer: see(layer, out)))
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
