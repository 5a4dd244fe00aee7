"""What the part of the page on translation with images is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from crosstalk.artefacts import LAYERS, SCORES, read_table


@dataclass(frozen=True)
class Multimodal:
    """``scores`` (SCORES) of all benchmarks; ``layers`` benchmark → LAYERS; labels and published names of systems."""

    scores: pd.DataFrame
    layers: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    published: Mapping[str, str] = field(default_factory=dict)

    def label(self, system: str) -> str:
        """The name of a system in tables."""
        return self.labels.get(system) or system


def gather_multimodal(
    scores: str | Path, layers: Mapping[str, str], labels: Mapping[str, str], published: Mapping[str, str]
) -> Multimodal:
    """Read the files of part 3; ``layers`` benchmark -> file. Raises CrosstalkError when one is damaged."""
    return Multimodal(
        read_table(scores, SCORES).to_pandas(),
        {name: read_table(file, LAYERS).to_pandas() for name, file in layers.items()},
        labels,
        published,
    )
