"""What the part of the page on downstream evaluation is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from crosstalk.artefacts import CURVE, SCORES, read_table
from crosstalk.downstream.schemas import PARTNERS

AVERAGE, GROUP, TARGET = "X", "group", "target"
"""What stands for all languages in scores, and their tiers."""


@dataclass(frozen=True)
class Downstream:
    """``scores`` (SCORES), ``partners`` (PARTNERS); ``curves`` (mixture, seed) → CURVE.

    ``papers`` task → what the matrix paper calls it, empty where it does not.
    """

    scores: pd.DataFrame
    partners: pd.DataFrame
    curves: Mapping[tuple[str, int], pd.DataFrame] = field(default_factory=dict)
    papers: Mapping[str, str] = field(default_factory=dict)

    def over_seeds(self, tier: str | None = None) -> pd.DataFrame:
        """Scores over all seeds, of one tier or all, task by task; means over languages come first of each."""
        rows = self.scores[self.scores["seed"].isna()]
        rows = rows if tier is None else rows[rows["tier"] == tier]
        return rows.assign(single=rows["tgt"] != AVERAGE).sort_values(["benchmark", "single"], kind="stable")


def gather_downstream(
    scores: str, partners: str, curves: list[tuple[str, int, str]], papers: Mapping[str, str]
) -> Downstream:
    """Read the files of the downstream evaluation. Raises CrosstalkError when one is damaged."""
    return Downstream(
        read_table(scores, SCORES).to_pandas(),
        read_table(partners, PARTNERS).to_pandas(),
        {(mixture, seed): read_table(file, CURVE).to_pandas() for mixture, seed, file in curves},
        papers,
    )
