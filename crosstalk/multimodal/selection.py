"""Which layers and neurons NeuMT trains (LLaVA-NeuMT §3.2, 3.3; equations as METHODS §3 reconstructs them)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Float
from numpy.typing import NDArray

from crosstalk.artefacts import PARTITION

SITE = "linear"


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
