"""What the part of the page on translation with images is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crosstalk.artefacts import HYPOTHESES, LAYERS, PARTITION, SCORES, read_table

_STEPS = 50
"""Places in the order of a layer's neurons that are shown of it."""


@dataclass(frozen=True)
class Multimodal:
    """``scores`` (SCORES) of all benchmarks; benchmark → ``layers`` (LAYERS) and ``neurons`` (``variances``).

    ``labels`` and ``published`` names of systems; ``sweeps`` setting → system → its value; ``baseline`` system;
    ``papers`` benchmark → what the paper calls it, ``hypotheses`` benchmark → HYPOTHESES of the baseline.
    """

    scores: pd.DataFrame
    layers: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    neurons: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    published: Mapping[str, str] = field(default_factory=dict)
    sweeps: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    baseline: str = ""
    papers: Mapping[str, str] = field(default_factory=dict)
    hypotheses: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def label(self, system: str) -> str:
        """The name of a system in tables."""
        return self.labels.get(system) or system


def gather_multimodal(
    scores: str | Path,
    layers: Mapping[str, str],
    partitions: Mapping[str, str],
    hypotheses: Mapping[str, str],
    **told: Any,
) -> Multimodal:
    """Read the files of part 3, all but the scores by benchmark. ``told``: the other fields.

    Raises CrosstalkError when one is damaged.
    """
    return Multimodal(
        read_table(scores, SCORES).to_pandas(),
        {name: read_table(file, LAYERS).to_pandas() for name, file in layers.items()},
        {name: variances(read_table(file, PARTITION).to_pandas()) for name, file in partitions.items()},
        hypotheses={name: read_table(file, HYPOTHESES).to_pandas() for name, file in hypotheses.items()},
        **told,
    )


def variances(partition: pd.DataFrame) -> pd.DataFrame:
    """Variance over languages of neurons along the order of their layer (Eq. 5), those that vary most first.

    ``partition`` has PARTITION's columns. Columns: layer, share (of the layer's neurons up to there), variance (largest
    of the layer = 1), specific (share of the layer's neurons that are specific to a language).
    """
    found, shares = [], np.arange(1, _STEPS + 1) / _STEPS
    for layer, rows in partition.groupby("layer"):
        wide = rows.pivot(index="unit", columns="language", values="statistic").to_numpy()
        ordered = np.sort(wide.var(axis=1))[::-1]
        places = np.ceil(shares * len(ordered)).astype(int) - 1
        specific = rows.loc[rows["role"] == "specific", "unit"].nunique() / len(ordered)
        values = ordered[places] / (ordered[0] or 1.0)
        found.append(pd.DataFrame({"layer": layer, "share": shares, "variance": values, "specific": specific}))
    columns = ["layer", "share", "variance", "specific"]
    rows = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)
    return rows[rows["variance"] > 0]
