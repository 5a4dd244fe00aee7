"""The figures of part 3 and the tables behind them: Figures 3 and 4 of the LLaVA-NeuMT paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import altair as alt
import pandas as pd

from crosstalk.report.data import records
from crosstalk.report.figures import multimodal
from crosstalk.report.multimodal_data import Multimodal
from crosstalk.report.numbers import fixed, percent, significant
from crosstalk.report.table import between

AVERAGE = "X"
"""What stands for all target languages in scores."""
_DRAWN: dict[str, Callable[[pd.DataFrame], alt.TopLevelMixin]] = {
    "sweep_layers": partial(multimodal.sweep, title="Layers trained"),
    "sweep_specific": partial(multimodal.sweep, title="Specific neurons"),
    "layers": multimodal.layers,
    "neurons": multimodal.neurons,
}
TITLES = {
    "sweep_layers": "NeuMT with more or fewer layers",
    "sweep_specific": "NeuMT with more or fewer specific neurons, all layers",
    "layers": "Importance of every layer",
    "neurons": "How much neurons differ between languages",
}


def owner(benchmark: str) -> str:
    """What a benchmark's figures and its part of the page are called."""
    return f"images, {benchmark}"


def charts(tables: Multimodal, benchmark: str) -> dict[str, alt.TopLevelMixin]:
    """The charts of a benchmark by name (``TITLES``), without those that have no rows."""
    found = {
        "sweep_layers": _sweep(tables, benchmark, "layers"),
        "sweep_specific": _sweep(tables, benchmark, "specific"),
        "layers": _layers(tables, benchmark),
        "neurons": _neurons(tables, benchmark),
    }
    return {name: _DRAWN[name](rows) for name, rows in found.items() if not rows.empty}


def _sweep(tables: Multimodal, benchmark: str, key: str) -> pd.DataFrame:
    """BLEU of NeuMT at each value of a setting, by language and on average; none with fewer than two values."""
    settings: Mapping[str, float] = tables.sweeps.get(key, {})
    scores = tables.scores
    rows = scores[(scores["benchmark"] == benchmark) & (scores["split"] == "test") & (scores["metric"] == "BLEU")]
    rows = rows[(rows["tgt"] != AVERAGE) | (rows["tier"] == "all")]
    baselines = rows[rows["method"] == tables.baseline].groupby("tgt")["value"].mean()
    chosen = rows[rows["method"].isin(list(settings))]
    if chosen["method"].nunique() < 2:
        return pd.DataFrame()
    panel = chosen["tgt"].where(chosen["tgt"] != AVERAGE, "all languages")
    chosen = chosen.assign(
        panel=panel, setting=chosen["method"].map(settings), baseline=chosen["tgt"].map(baselines),
        order=(chosen["tgt"] != AVERAGE).astype(int),
    ).sort_values(["order", "tgt", "setting"])  # fmt: skip
    text = [
        f"{row['panel']}, {percent(row['setting'], 0)}: {fixed(row['value'])} BLEU "
        f"({between(row['ci_low'], row['ci_high'], fixed)})"
        for row in records(chosen)
    ]
    return chosen.assign(text=text)


def _layers(tables: Multimodal, benchmark: str) -> pd.DataFrame:
    rows = tables.layers.get(benchmark)
    if rows is None:
        return pd.DataFrame()
    rows = rows.assign(importance=1 - rows["similarity"])
    text = [f"{row['language']}, {row['module']}: {fixed(row['importance'], 3)}" for row in records(rows)]
    return rows.assign(text=text)


def _neurons(tables: Multimodal, benchmark: str) -> pd.DataFrame:
    rows = tables.neurons.get(benchmark)
    if rows is None or rows.empty:
        return pd.DataFrame()
    text = [
        f"layer {row['layer']}, neuron at {percent(row['share'], 0)}: {significant(row['variance'], 2)}"
        for row in records(rows)
    ]
    return rows.assign(text=text)
