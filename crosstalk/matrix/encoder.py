"""XLM-R's architecture for the matrix: several small encoders side by side, on sentences without padding.

Parameters are stacked over runs. A layer's work goes only where something reads it: the last one computes keys and
values of every token, but the rest of itself, like the output layer, at scored tokens alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from crosstalk.config.matrix import MatrixModel
from crosstalk.matrix.packing import Packed, Padded
from crosstalk.tokens.vocabulary import PAD

NORM_EPS = 1e-5
_BY_HAND = {"words", "positions", "types", "bias"}
"""Parameters whose gradients autograd leaves to ``embed_backward`` and to the output layer's loss: the table of words
is both, and far larger than all else."""


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
    do not. ``values`` and ``gradients``: their parts by name, [runs, *shape]. Gradients add up until ``clear``.
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
        for name in self.gradients.keys() - _BY_HAND:
            self.values[name].requires_grad_().grad = self.gradients[name]

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

    def clear(self) -> None:
        """Set gradients to zero, but for those of words and bias, which the output layer's loss overwrites."""
        decayed, plain = self.flat_gradients
        decayed[:, self.values["words"][0].numel() :].zero_()
        plain[:, : -self.values["bias"].shape[1]].zero_()

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
        """Add the gradient of ``embed`` to those of the three embeddings."""
        table = self.flat_gradients[0].view(-1, self.model.d_model)
        first, words = self._rows(), self.values["words"].shape[1]
        rows = gradient.flatten(0, 1)
        table.index_add_(0, (batch.ids + first).flatten(), rows)
        table.index_add_(0, (batch.positions + (first + words)).flatten(), rows)
        self.gradients["types"] += gradient.sum(1, keepdim=True)

    def _rows(self) -> Tensor:
        """Where each run's parameters begin among the rows of ``decayed``, whose matrices' sizes are whole widths."""
        rows = self.decayed.shape[1] // self.model.d_model
        return torch.arange(self.runs, device=self.decayed.device)[:, None] * rows

    def __call__(
        self, embedded: Float[Tensor, "runs tokens width"], batch: Packed
    ) -> Float[Tensor, "runs scored width"]:
        """What the output layer reads at the scored tokens."""
        x = self._norm(embedded, "norm")
        for layer in range(self.model.layers - 1):
            rows = _Spread.apply(self._linear(x, f"{layer}.read"), batch.tokens)
            parts = [group.chunk(3, 2) for group in batch.tokens.split(rows)]
            x = self._rest(layer, x, attention(parts, batch.present, self.model.heads), batch.tokens)
        layer = self.model.layers - 1
        scored = x.flatten(0, 1).index_select(0, batch.scored.flatten()).view(*batch.scored.shape, -1)
        queries = batch.queries.split(_Spread.apply(self._linear(scored, f"{layer}.query"), batch.queries))
        memories = batch.tokens.split(_Spread.apply(self._linear(x, f"{layer}.memory"), batch.tokens))
        parts = [(query, *memory.chunk(2, 2)) for query, memory in zip(queries, memories, strict=True)]
        x = self._rest(layer, scored, attention(parts, batch.present, self.model.heads), batch.queries)
        return self._norm(functional.gelu(self._linear(x, "head")), "head_norm")

    def _rest(self, layer: int, x: Tensor, read: Tensor, rows: Padded) -> Tensor:
        """What follows attention in a layer; ``read`` lies in the places of ``rows``."""
        read = _Gathered.apply(read, rows).view_as(x)
        x = self._norm(x + self._linear(read, f"{layer}.output"), f"{layer}.output_norm")
        units = functional.gelu(self._linear(x, f"{layer}.up"))
        return self._norm(x + self._linear(units, f"{layer}.down"), f"{layer}.norm")

    def _linear(self, x: Tensor, name: str) -> Tensor:
        weight, bias = self.values[f"{name}.weight"], self.values[f"{name}.bias"]
        return torch.baddbmm(bias[:, None], x, weight.transpose(1, 2))

    def _norm(self, x: Tensor, name: str) -> Tensor:
        weight, bias = self.values[f"{name}.weight"], self.values[f"{name}.bias"]
        width = x.shape[-1:]
        if self.runs == 1:
            return functional.layer_norm(x, width, weight.flatten(), bias.flatten(), NORM_EPS)
        return torch.addcmul(bias[:, None], functional.layer_norm(x, width, eps=NORM_EPS), weight[:, None])


def attention(
    groups: Sequence[tuple[Float[Tensor, "_ _ width"], ...]], present: Sequence[Bool[Tensor, "_ 1 1 _"]], heads: int
) -> Float[Tensor, "places width"]:
    """Every query reads the tokens of its own sentence that are ``present``.

    ``groups``: queries [sentences, queries, width], keys and values [sentences, tokens, width] of each.
    """
    read = []
    for parts, mask in zip(groups, present, strict=True):
        query, key, value = (part.unflatten(2, (heads, -1)).transpose(1, 2) for part in parts)
        out = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        read.append(out.transpose(1, 2).flatten(0, 1).flatten(1))
    return read[0] if len(read) == 1 else torch.cat(read)


class _Spread(torch.autograd.Function):
    """Rows to their places. Gradients at places that only fill up are zero, so the way back is a selection too."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, padded: Padded) -> Tensor:
        ctx.padded, ctx.shape = padded, rows.shape
        return rows.flatten(0, 1).index_select(0, padded.slots)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return gradient.index_select(0, ctx.padded.back).view(ctx.shape), None


class _Gathered(torch.autograd.Function):
    """Places back to rows. Rows share no place, but for those that no sentence holds, whose gradients are zero."""

    @staticmethod
    def forward(ctx: Any, places: Tensor, padded: Padded) -> Tensor:
        ctx.padded = padded
        return places.index_select(0, padded.back)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        places = gradient.new_zeros(len(ctx.padded.slots), gradient.shape[1])
        return places.index_copy_(0, ctx.padded.back, gradient), None
