"""Which layers and neurons NeuMT trains (LLaVA-NeuMT §3.2, 3.3; equations as METHODS §3 reconstructs them).

A layer is a linear map of the projector or the language model; a neuron is one of its output units.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor, nn

from crosstalk.artefacts import LAYERS, PARTITION
from crosstalk.multimodal.pixels import Pixels
from crosstalk.multimodal.tasks import Micro, llava_loss

SITE = "linear"
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


def spread(scores: Float[np.ndarray, "languages units"]) -> Float[np.ndarray, " units"]:
    """Eq. (5), LLaVA-NeuMT §3.3: variance over language pairs of a neuron's mean importance."""
    deviations: NDArray[np.float64] = ((scores - scores.mean(0)) ** 2).mean(0)
    return deviations


def top_layers(importances: Sequence[float], share: float) -> list[int]:
    """The ceil(rho L) layers of the highest importance, ascending; ties go to the lower layer (METHODS §3)."""
    order = np.argsort(-np.asarray(importances), kind="stable")
    return sorted(int(layer) for layer in order[: ceil(round(share * len(order), 9))])


def roles(scores: Float[np.ndarray, "languages units"], specific: float) -> NDArray[np.int64]:
    """Eq. (7), (8), LLaVA-NeuMT §3.3: for each unit the language it is specific to, or -1 when it is agnostic.

    The ``specific`` share of the layer's units that vary most over languages are specific, each to the language of its
    highest score.
    """
    variances = spread(scores)
    found = np.full(scores.shape[1], -1)
    chosen = np.argsort(-variances, kind="stable")[: round(specific * len(variances))]
    found[chosen] = scores[:, chosen].argmax(0)
    return found


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


def neuron_table(scores: Mapping[str, Sequence[NDArray[np.float64]]]) -> pa.Table:
    """PARTITION rows of every neuron and language; no role is given yet."""
    parts = [
        pd.DataFrame({"layer": layer, "unit": np.arange(len(values)), "language": language, "statistic": values})
        for language, layers in scores.items()
        for layer, values in enumerate(layers)
    ]
    frame = pd.concat(parts, ignore_index=True).assign(site=SITE, role="other")
    return pa.Table.from_pandas(frame[PARTITION.names], schema=PARTITION, preserve_index=False)


def partition(layers: pd.DataFrame, neurons: pd.DataFrame, share: float, specific: float) -> pa.Table:
    """PARTITION of the neurons of the chosen layers: ``agnostic`` for all languages, or ``specific`` to one and
    ``other`` for the rest.

    ``layers`` has LAYERS' columns, ``neurons`` PARTITION's; one set of layers is chosen for all languages, by the mean
    of 1 - similarity.
    """
    chosen = top_layers((1 - layers.groupby("layer")["similarity"].mean()).sort_index().tolist(), share)
    frames = []
    for layer, mine in neurons[neurons["layer"].isin(chosen)].groupby("layer"):
        table = mine.pivot(index="language", columns="unit", values="statistic")
        found = roles(table.to_numpy(), specific)
        role = np.where(found == -1, "agnostic", np.where(found == np.arange(len(table))[:, None], "specific", "other"))
        frames.append(
            pd.DataFrame(
                {
                    "layer": layer,
                    "unit": np.tile(table.columns.to_numpy(), len(table)),
                    "language": np.repeat(table.index.to_numpy(), len(table.columns)),
                    "statistic": table.to_numpy().reshape(-1),
                    "role": role.reshape(-1),
                }
            )
        )
    frame = pd.concat(frames, ignore_index=True).assign(site=SITE)
    return pa.Table.from_pandas(frame[PARTITION.names], schema=PARTITION, preserve_index=False)


def allowed(partition: pd.DataFrame, modules: Sequence[str], roles: Sequence[str]) -> dict[str, dict[str, Tensor]]:
    """Language -> module -> units that its batches may change: those of ``roles``; Eq. (9), LLaVA-NeuMT §3.4."""
    chosen = partition[partition["role"].isin(list(roles))]
    layers = sorted(partition["layer"].unique())
    return {
        language: {
            modules[layer]: torch.from_numpy(np.sort(mine.loc[mine["layer"] == layer, "unit"].to_numpy(np.int64)))
            for layer in layers
        }
        for language, mine in ((name, chosen[chosen["language"] == name]) for name in partition["language"].unique())
    }
