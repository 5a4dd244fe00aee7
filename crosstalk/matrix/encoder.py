"""XLM-R's architecture for the matrix: several small encoders side by side, on sentences without padding.

Parameters are stacked over runs. A layer's work goes only where something reads it: the last one computes keys and
values of every token, but the rest of itself, like the output layer, at scored tokens alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from crosstalk.config.matrix import MatrixModel
from crosstalk.matrix.attention import attention
from crosstalk.matrix.packing import Packed, Padded
from crosstalk.tokens.vocabulary import PAD
from crosstalk.training.cross_entropy import product

NORM_EPS = 1e-5
Pullback = Callable[[Tensor], Tensor]
"""Takes the gradient of what a part of the encoder computed to the gradient of what it was given, and writes those of
its parameters. Written by hand: autograd's own work was half of what a step of few tokens costs (5.4 ms became 2.7)."""
gelu_backward = torch.ops.aten.gelu_backward
layer_norm_backward = torch.ops.aten.native_layer_norm_backward


class Parameter(NamedTuple):
    """One parameter: its shape, and the names that transformers gives its parts, which lie one after the other."""

    shape: tuple[int, ...]
    parts: tuple[str, ...]

    @property
    def decays(self) -> bool:
        """Whether weight decay acts on it: on matrices, not on biases and layer norms (transformers.Trainer)."""
        return len(self.shape) == 2


def parameters(model: MatrixModel, vocabulary: int, max_length: int) -> dict[str, Parameter]:
    """All parameters in the order they lie in memory; the three embeddings come first."""
    width, roberta = model.d_model, "roberta.embeddings."
    found = {
        "words": Parameter((vocabulary, width), (f"{roberta}word_embeddings.weight",)),
        "positions": Parameter((max_length + PAD + 1, width), (f"{roberta}position_embeddings.weight",)),
        "types": Parameter((1, width), (f"{roberta}token_type_embeddings.weight",)),
    }

    def norm(name: str, theirs: str) -> None:
        for kind in ("weight", "bias"):
            found[f"{name}.{kind}"] = Parameter((width,), (f"{theirs}.{kind}",))

    def linear(name: str, rows: int, columns: int, *theirs: str) -> None:
        found[f"{name}.weight"] = Parameter((rows, columns), tuple(f"{each}.weight" for each in theirs))
        found[f"{name}.bias"] = Parameter((rows,), tuple(f"{each}.bias" for each in theirs))

    norm("norm", f"{roberta}LayerNorm")
    for layer in range(model.layers):
        at = f"roberta.encoder.layer.{layer}."
        query, key, value = (f"{at}attention.self.{part}" for part in ("query", "key", "value"))
        if layer < model.layers - 1:
            linear(f"{layer}.read", 3 * width, width, query, key, value)
        else:
            linear(f"{layer}.query", width, width, query)
            linear(f"{layer}.memory", 2 * width, width, key, value)
        linear(f"{layer}.output", width, width, f"{at}attention.output.dense")
        norm(f"{layer}.output_norm", f"{at}attention.output.LayerNorm")
        linear(f"{layer}.up", model.ffn, width, f"{at}intermediate.dense")
        linear(f"{layer}.down", width, model.ffn, f"{at}output.dense")
        norm(f"{layer}.norm", f"{at}output.LayerNorm")
    linear("head", width, width, "lm_head.dense")
    norm("head_norm", "lm_head.layer_norm")
    found["bias"] = Parameter((vocabulary,), ("lm_head.bias",))
    return found


class Encoders:
    """Parameters of several encoders and their gradients: views of two matrices, a row for each run.

    Attributes: ``decayed`` and ``plain`` [runs, elements], each with its ``grad``: parameters that decay and those that
    do not. ``values`` and ``gradients``: their parts by name, [runs, *shape].
    """

    def __init__(self, model: MatrixModel, layout: dict[str, Parameter], decayed: Tensor, plain: Tensor) -> None:
        self.model, self.runs, self.decayed, self.plain, self._layout = model, len(decayed), decayed, plain, layout
        self.values: dict[str, Tensor] = {}
        self.gradients: dict[str, Tensor] = {}
        for flat in (decayed, plain):
            mine = {name: each.shape for name, each in layout.items() if each.decays == (flat is decayed)}
            sizes = [math.prod(shape) for shape in mine.values()]
            for (name, shape), values in zip(mine.items(), flat.split(sizes, 1), strict=True):
                self.values[name] = values.unflatten(1, shape).detach()
            if flat.grad is not None:
                for (name, shape), gradients in zip(mine.items(), flat.grad.split(sizes, 1), strict=True):
                    self.gradients[name] = gradients.unflatten(1, shape)

    @classmethod
    def new(
        cls, model: MatrixModel, vocabulary: int, max_length: int, runs: int, device: torch.device | str = "cpu"
    ) -> Encoders:
        """Encoders whose weights are all zero until ``start`` or ``load_state_dict``."""
        layout = parameters(model, vocabulary, max_length)
        flats = []
        for decays in (True, False):
            elements = sum(math.prod(each.shape) for each in layout.values() if each.decays == decays)
            flat = torch.zeros(runs, elements, device=device)
            flat.grad = torch.zeros_like(flat)
            flats.append(flat)
        return cls(model, layout, *flats)

    def alone(self, run: int) -> Encoders:
        """One of the encoders, to be read: the same memory, without gradients."""
        return Encoders(self.model, self._layout, self.decayed[run : run + 1], self.plain[run : run + 1])

    @torch.no_grad()
    def start(self, seeds: Sequence[int]) -> None:
        """Draw the initial weights of every run, which depend on its seed alone."""
        std = self.model.init_std or 0.02 * math.sqrt(768 / self.model.d_model)
        for run, seed in enumerate(seeds):
            random = torch.Generator().manual_seed(seed)
            for name, each in self._layout.items():
                if each.decays:
                    start = torch.empty(each.shape).normal_(0, std, generator=random)
                    if name in ("words", "positions"):
                        start[PAD] = 0
                else:
                    start = torch.full(each.shape, float(name.endswith("norm.weight")))
                self.values[name][run] = start

    @property
    def flat_gradients(self) -> list[Tensor]:
        """Gradients of ``decayed`` and ``plain``."""
        return [flat.grad for flat in (self.decayed, self.plain) if flat.grad is not None]

    def state_dict(self, run: int = 0) -> dict[str, Tensor]:
        """One run's weights as XLMRobertaForMaskedLM names them."""
        state: dict[str, Tensor] = {}
        for name, each in self._layout.items():
            parts = self.values[name][run].detach().chunk(len(each.parts))
            state |= {part: value.clone() for part, value in zip(each.parts, parts, strict=True)}
        decoder = {"weight": state["roberta.embeddings.word_embeddings.weight"], "bias": state["lm_head.bias"]}
        return state | {f"lm_head.decoder.{kind}": value for kind, value in decoder.items()}

    @torch.no_grad()
    def load_state_dict(self, state: Mapping[str, Tensor], run: int = 0) -> None:
        """Take over the weights of an XLMRobertaForMaskedLM of the same shape."""
        for name, each in self._layout.items():
            self.values[name][run] = torch.cat([state[part] for part in each.parts])

    def embed(self, batch: Packed) -> Float[Tensor, "runs tokens width"]:
        """Sum of the word's, the position's and the type's embedding of each token."""
        table = self.decayed.view(-1, self.model.d_model)
        first, words = self._rows(), self.values["words"].shape[1]
        total = table.index_select(0, (batch.ids + first).flatten())
        total += table.index_select(0, (batch.positions + (first + words)).flatten())
        return total.view(*batch.ids.shape, -1).add_(self.values["types"])

    def embed_backward(self, batch: Packed, gradient: Float[Tensor, "runs tokens width"]) -> None:
        """Add the gradient of ``embed`` to those of words, and write those of positions and the type."""
        self.gradients["positions"].zero_()
        table = self.flat_gradients[0].view(-1, self.model.d_model)
        first, words = self._rows(), self.values["words"].shape[1]
        rows = gradient.flatten(0, 1)
        table.index_add_(0, (batch.ids + first).flatten(), rows)
        table.index_add_(0, (batch.positions + (first + words)).flatten(), rows)
        torch.sum(gradient, 1, keepdim=True, out=self.gradients["types"])

    def _rows(self) -> Tensor:
        """Where each run's parameters begin among the rows of ``decayed``, whose matrices' sizes are whole widths."""
        rows = self.decayed.shape[1] // self.model.d_model
        return torch.arange(self.runs, device=self.decayed.device)[:, None] * rows

    def __call__(
        self, embedded: Float[Tensor, "runs tokens width"], batch: Packed
    ) -> tuple[Float[Tensor, "runs scored width"], Pullback]:
        """What the output layer reads at the scored tokens, and what takes its gradient back to ``embedded``.

        On its way back it overwrites the gradients of all parameters but the embeddings and the output layer's.
        """
        x, back = self._norm(embedded, "norm")
        backs = [back]
        for layer in range(self.model.layers):
            each = self._layer if layer < self.model.layers - 1 else self._last_layer
            x, back = each(layer, x, batch)
            backs.append(back)
        inner, head = self._linear(x, "head")
        x, norm = self._norm(functional.gelu(inner), "head_norm")

        def backward(change: Tensor) -> Tensor:
            change = head(gelu_backward(norm(change).to(inner.dtype), inner))
            for back in reversed(backs):
                change = back(change)
            return change

        return x, backward

    def _layer(self, layer: int, x: Tensor, batch: Packed) -> tuple[Tensor, Pullback]:
        rows, linear = self._linear(x, f"{layer}.read")
        parts = [group.chunk(3, 2) for group in batch.tokens.split(batch.tokens.spread(rows))]
        read, attended = attention(parts, batch.absent, self.model.heads)
        out, rest = self._rest(layer, x, read, batch.tokens)

        def backward(change: Tensor) -> Tensor:
            direct, change = rest(change)
            return direct + linear(batch.tokens.collect(attended(change)).view_as(rows))

        return out, backward

    def _last_layer(self, layer: int, x: Tensor, batch: Packed) -> tuple[Tensor, Pullback]:
        """Keys and values of every token; all else at scored tokens alone."""
        scored = x.flatten(0, 1).index_select(0, batch.scored.flatten()).view(*batch.scored.shape, -1)
        query, of_query = self._linear(scored, f"{layer}.query")
        memory, of_memory = self._linear(x, f"{layer}.memory")
        queries = batch.queries.split(batch.queries.spread(query))
        memories = batch.tokens.split(batch.tokens.spread(memory))
        parts = [(each, *pair.chunk(2, 2)) for each, pair in zip(queries, memories, strict=True)]
        read, attended = attention(parts, batch.absent, self.model.heads)
        out, rest = self._rest(layer, scored, read, batch.queries)

        def backward(change: Tensor) -> Tensor:
            direct, change = rest(change)
            groups = attended(change)
            direct = direct + of_query(batch.queries.collect([each[:1] for each in groups]).view_as(query))
            whole = of_memory(batch.tokens.collect([each[1:] for each in groups]).view_as(memory))
            whole = whole.to(direct.dtype)
            whole.flatten(0, 1).index_add_(0, batch.scored.flatten(), direct.flatten(0, 1))
            return whole

        return out, backward

    def _rest(
        self, layer: int, x: Tensor, read: Tensor, rows: Padded
    ) -> tuple[Tensor, Callable[[Tensor], tuple[Tensor, Tensor]]]:
        """What follows attention in a layer; ``read`` lies in the places of ``rows``."""
        output, of_output = self._linear(rows.gather(read).view_as(x), f"{layer}.output")
        middle, of_middle = self._norm(x + output, f"{layer}.output_norm")
        units, of_units = self._linear(middle, f"{layer}.up")
        down, of_down = self._linear(functional.gelu(units), f"{layer}.down")
        out, of_out = self._norm(middle + down, f"{layer}.norm")

        def backward(change: Tensor) -> tuple[Tensor, Tensor]:
            change = of_out(change)
            change = of_middle(change + of_units(gelu_backward(of_down(change).to(units.dtype), units)))
            return change, rows.scatter(of_output(change))

        return out, backward

    def _linear(self, x: Tensor, name: str) -> tuple[Tensor, Pullback]:
        weight, bias = self.values[f"{name}.weight"], self.values[f"{name}.bias"]

        def backward(change: Tensor) -> Tensor:
            product(change.mT, x, self.gradients[f"{name}.weight"])
            of_bias = self.gradients[f"{name}.bias"]
            torch.sum(change, 1, dtype=of_bias.dtype, out=of_bias)
            return change @ weight

        return torch.baddbmm(bias[:, None], x, weight.mT), backward

    def _norm(self, x: Tensor, name: str) -> tuple[Tensor, Pullback]:
        weight, bias = self.values[f"{name}.weight"][:, None], self.values[f"{name}.bias"][:, None]
        x, width = x.to(weight.dtype), x.shape[-1:]
        plain, mean, scale = torch.native_layer_norm(x, width, None, None, NORM_EPS)

        def backward(change: Tensor) -> Tensor:
            torch.sum(change, 1, out=self.gradients[f"{name}.bias"])
            torch.sum(change * plain, 1, out=self.gradients[f"{name}.weight"])
            wanted = [True, False, False]
            return layer_norm_backward(change * weight, x, width, mean, scale, None, None, wanted)[0]

        return torch.addcmul(bias, plain, weight), backward
