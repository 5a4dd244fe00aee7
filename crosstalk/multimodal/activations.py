"""What layers and neurons are chosen by: activations before and after fine-tuning, and gradients (METHODS §3).

A layer is a linear map of the projector or the language model; a neuron is one of its output units.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor, nn

from crosstalk.artefacts import LAYERS
from crosstalk.multimodal.pixels import Pixels
from crosstalk.multimodal.tasks import Micro, llava_loss

_SMALL = 1e-8


def linear_maps(model: nn.Module) -> dict[str, nn.Linear]:
    """The layers by module name in the order of depth: projector, then language model; 226 in LLaVA-1.5-7B.

    The output layer, which is the embeddings' in small models, is none of them.
    """
    return {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and (".multi_modal_projector." in name or ".language_model." in name)
    }


def similarity(
    before: Float[Tensor, "sentences tokens units"],
    after: Float[Tensor, "sentences tokens units"],
    mask: Float[Tensor, "sentences tokens"],
) -> Float[Tensor, " sentences"]:
    """Eq. (3), LLaVA-NeuMT §3.2: <a, b> / (|a| |b| + e) of each token, mean over a sentence's tokens.

    ``before`` and ``after`` are a layer's activations in the pre-trained and the fine-tuned model.
    """
    products = (before * after).sum(-1)
    cosine = products / (before.norm(dim=-1) * after.norm(dim=-1) + _SMALL)
    return (cosine * mask).sum(1) / mask.sum(1)


def importance(
    activations: Float[Tensor, "sentences tokens units"], gradients: Float[Tensor, "sentences tokens units"]
) -> Float[Tensor, "sentences units"]:
    """Eq. (4), LLaVA-NeuMT §3.3: |a dL/da| summed over a sentence's tokens."""
    return (activations * gradients).abs().sum(1)


@contextmanager
def _outputs(modules: Mapping[str, nn.Linear]) -> Iterator[dict[str, Tensor]]:
    """What each module returns, filled in by every forward pass."""
    seen: dict[str, Tensor] = {}

    def keep(name: str) -> Any:
        def hook(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
            seen[name] = output

        return hook

    handles = [module.register_forward_hook(keep(name)) for name, module in modules.items()]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def compare(base: nn.Module, tuned: nn.Module, batches: Sequence[Micro], pixels: Pixels, padding: int) -> pa.Table:
    """LAYERS: Eq. (3) for every layer and language, mean over the sentences of ``batches``, one batch in memory."""
    first, second = linear_maps(base), linear_maps(tuned)
    totals: dict[str, NDArray[np.float64]] = {}
    counts: dict[str, int] = {}
    for micro in batches:
        with _outputs(first) as before, _outputs(second) as after:
            for model in (base, tuned):
                llava_loss(model.eval(), micro, pixels, padding)
        mask = torch.from_numpy(micro.tokens.ids != padding).float()
        found = [float(similarity(before[n].float(), after[n].float(), _mask(before[n], mask)).sum()) for n in first]
        totals[micro.language] = totals.get(micro.language, np.zeros(len(first))) + found
        counts[micro.language] = counts.get(micro.language, 0) + len(mask)
    rows = [
        {"layer": place, "module": name, "units": module.out_features, "language": language,
         "similarity": float(total[place] / counts[language])}
        for language, total in totals.items()
        for place, (name, module) in enumerate(first.items())
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=LAYERS)


def _mask(output: Tensor, mask: Tensor) -> Tensor:
    """The mask of a layer's tokens: the projector's are an image's patches, which all count."""
    return (mask if output.shape[:2] == mask.shape else torch.ones(output.shape[:2])).to(output.device)


def neuron_importance(
    model: nn.Module, batches: Sequence[Micro], pixels: Pixels, padding: int
) -> dict[str, list[NDArray[np.float64]]]:
    """Language -> mean of Eq. (4) over its sentences, for the units of each layer; a batch is in memory at a time."""
    modules = linear_maps(model)
    model.requires_grad_(False).eval()
    # Gradients of activations need something below them that asks for one.
    next(iter(modules.values())).weight.requires_grad_(True)
    totals: dict[str, list[NDArray[np.float64]]] = {}
    counts: dict[str, int] = {}
    for micro in batches:
        with _outputs(modules) as outputs:
            loss = llava_loss(model, micro, pixels, padding)
            names = [name for name in modules if outputs[name].requires_grad]
            gradients = torch.autograd.grad(loss, [outputs[name] for name in names])
        found = {
            name: importance(outputs[name].detach().float(), gradient.float()).sum(0).double().cpu().numpy()
            for name, gradient in zip(names, gradients, strict=True)
        }
        mine = totals.setdefault(micro.language, [np.zeros(module.out_features) for module in modules.values()])
        for place, name in enumerate(modules):
            mine[place] = mine[place] + found[name]
        counts[micro.language] = counts.get(micro.language, 0) + len(micro.tokens.ids)
    return {language: [some / counts[language] for some in layers] for language, layers in totals.items()}
