"""How much memory of a GPU the fine-tuning of an image + text model takes, computed from its shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from crosstalk.config import Config
from crosstalk.workflow_multimodal import kinds, systems

_MASTER, _ADAM, _HALF = 4, 8, 2
"""Bytes of a number: weights and gradients, which are kept in float32; Adam's two moments; what is computed with."""
_AHEAD = 2
"""Layers whose weights are gathered at once: the one that computes and the next one."""


class Shape(NamedTuple):
    """A LLaVA: language model, projector, vision tower."""

    d_model: int
    ffn: int
    layers: int
    vocabulary: int
    vision_width: int
    vision_ffn: int
    vision_layers: int
    patch: int
    image_tokens: int
    tied: bool

    @property
    def layer(self) -> int:
        """Weights of a layer of the language model: four maps of attention, three of the feed-forward block, norms."""
        return 4 * self.d_model**2 + 3 * self.d_model * self.ffn + 2 * self.d_model

    @property
    def embeddings(self) -> int:
        """Weights of embeddings, output layer and last norm."""
        return (1 if self.tied else 2) * self.vocabulary * self.d_model + self.d_model

    @property
    def projector(self) -> int:
        """Two maps with biases."""
        return (self.vision_width + 1) * self.d_model + (self.d_model + 1) * self.d_model

    @property
    def vision(self) -> int:
        """CLIP's tower: patches, places, layers with biases, three norms besides theirs (the last is not used)."""
        d, f = self.vision_width, self.vision_ffn
        layer = 4 * d * (d + 1) + (d + 1) * f + (f + 1) * d + 4 * d
        return 3 * self.patch**2 * d + (self.image_tokens + 2) * d + self.vision_layers * layer + 4 * d

    @property
    def maps(self) -> int:
        """Weights of all maps whose neurons can be chosen: projector and language model without embeddings, norms."""
        return self.projector + self.layers * (self.layer - 2 * self.d_model)

    @property
    def tuned(self) -> int:
        """Weights that full fine-tuning changes: all but the vision tower's."""
        return self.projector + self.layers * self.layer + self.embeddings

    @property
    def all(self) -> int:
        """All weights."""
        return self.tuned + self.vision


_LLAVA_7B = Shape(4096, 11008, 32, 32064, 1024, 4096, 24, 14, 576, False)
"""LLaVA-1.5-7B with CLIP ViT-L/14-336."""


def shape(config: Config) -> Shape:
    """That of the base model: the folder's when it is there, LLaVA-1.5-7B's when it is not, or the small one's."""
    base = config.multimodal.base
    if base.folder is None:
        small = base.shape
        tokens = (small.image_size // small.patch) ** 2
        return Shape(
            small.d_model, small.ffn, small.layers, small.vocabulary, small.vision_width, 2 * small.vision_width,
            small.vision_layers, small.patch, tokens, True,
        )  # fmt: skip
    file = Path(config.data_dir or "") / base.folder / "config.json"
    return _told(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else _LLAVA_7B


def _told(told: dict[str, Any]) -> Shape:
    """From a configuration of transformers; what it leaves out is LLaVA-1.5-7B's."""
    text, vision = told.get("text_config", {}), told.get("vision_config", {})
    known = _LLAVA_7B
    patch = vision.get("patch_size", known.patch)
    return Shape(
        text.get("hidden_size", known.d_model), text.get("intermediate_size", known.ffn),
        text.get("num_hidden_layers", known.layers), text.get("vocab_size", known.vocabulary),
        vision.get("hidden_size", known.vision_width), vision.get("intermediate_size", known.vision_ffn),
        vision.get("num_hidden_layers", known.vision_layers), patch,
        (vision.get("image_size", 336) // patch) ** 2, told.get("tie_word_embeddings", False),
    )  # fmt: skip


def activations(model: Shape, half: bool) -> int:
    """Bytes that the language model keeps of a token for its backward pass, in bfloat16 or float32."""
    return model.layers * ((24 if half else 40) * model.d_model + (8 if half else 16) * model.ffn)


def memory(config: Config) -> list[dict[str, Any]]:
    """For full fine-tuning and each share of layers that NeuMT trains: gigabytes of each process of a training.

    Chosen layers are taken to be of mean size. Activations are those of a micro-batch of ``sampling.batch_tokens``,
    all of them kept; frozen maps keep less. The vision tower keeps none.
    """
    options, model = config.multimodal, shape(config)
    processes = config.speed.training_processes
    half = config.speed.precision != "float32" and config.speed.device != "cpu"
    number = _HALF if half else _MASTER
    gathered = number * (_AHEAD * model.layer + model.embeddings) if processes > 1 else 0
    kept = options.tuning.sampling.batch_tokens * activations(model, half)
    found: dict[str, int] = {}
    for name in kinds(config, "sft", "neumt"):
        system = systems(config)[name]
        trained = model.tuned if system.kind == "sft" else round(system.layers * model.maps)
        found.setdefault("all" if system.kind == "sft" else f"{system.layers:.0%} of the layers", trained)
    return [
        {
            "trained": name,
            "weights": _MASTER * model.all / processes / 1e9,
            "gradients": _MASTER * trained / processes / 1e9,
            "adam": _ADAM * trained / processes / 1e9,
            "gathered": gathered / 1e9,
            "activations": kept / 1e9,
            "together": (_MASTER * (model.all + trained) + _ADAM * trained) / processes / 1e9 + (gathered + kept) / 1e9,
        }
        for name, trained in found.items()
    ]
