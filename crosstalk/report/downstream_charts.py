"""The figure of the downstream evaluation and the table behind it."""

from __future__ import annotations

import altair as alt
import pandas as pd

from crosstalk.downstream.schemas import AVERAGE, GROUP
from crosstalk.report.data import records
from crosstalk.report.downstream_data import Downstream
from crosstalk.report.figures.downstream import accuracies
from crosstalk.report.numbers import fixed
from crosstalk.report.table import between

FIGURE = "accuracies"
NAMES = {
    "untrained": "before training", "alone": "alone", "half": "alone, half of every batch", "low": "low, one",
    "high": "high, one", "low_group": "low, group", "high_group": "high, group",
}  # fmt: skip
"""Conditions as people read them, in the order of the figure; those with a number are told by their mean."""
_KIND = {"low": "harms little", "friendly": "harms little", "high": "harms much", "unfriendly": "harms much"}


def charts(tables: Downstream) -> dict[str, alt.TopLevelMixin]:
    """The chart by name, if there are accuracies."""
    rows = _accuracies(tables)
    return {} if rows.empty else {FIGURE: accuracies(rows)}


def _accuracies(tables: Downstream) -> pd.DataFrame:
    rows = tables.over_seeds()
    rows = rows[(rows["metric"] == "accuracy") & ~rows["method"].str.contains(r"\d$")]
    if rows.empty:
        return rows
    language = rows["tgt"].where(rows["tgt"] != AVERAGE, "all")
    where = language.where(rows["tier"] != GROUP, language + ", in the group")
    order = {name: place for place, name in enumerate(NAMES)}
    place = rows["method"].map(order).fillna(len(order))
    rows = rows.assign(
        panel=rows["benchmark"] + ": " + where,
        condition=rows["method"].map(lambda name: NAMES.get(name, name)),
        kind=rows["method"].map(lambda name: _KIND.get(name.removesuffix("_group"), "no partner")),
        place=place,
    )
    text = [
        f"{row['panel']}, {row['condition']}: {fixed(row['value'])} % ({between(row['ci_low'], row['ci_high'], fixed)})"
        for row in records(rows)
    ]
    return rows.assign(text=text).sort_values(["tier", "place"], ascending=[False, True], kind="stable")
