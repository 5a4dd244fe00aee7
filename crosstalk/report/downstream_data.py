"""What the part of the page on downstream evaluation is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from crosstalk.downstream.schemas import AVERAGE


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
