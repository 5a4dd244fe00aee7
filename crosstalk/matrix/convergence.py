"""How well each language is learnt at all, and which ones are outliers (Matrix §3.2, Fig. 1)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Float

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.schemas import CONVERGENCE

FENCE = 1.5
"""Interquartile ranges beyond the quartiles (Matrix §3.2)."""


def fences(values: Float[np.ndarray, " n"]) -> tuple[float, float]:
    """[Q1 - 1.5 IQR, Q3 + 1.5 IQR], Matrix §3.2: values outside are outliers."""
    first, third = np.quantile(values, [0.25, 0.75])
    return float(first - FENCE * (third - first)), float(third + FENCE * (third - first))


def convergence(runs: pd.DataFrame) -> pa.Table:
    """CONVERGENCE of the languages of ``runs`` (RUNS), in alphabetical order.

    The mean is over all models that cover the language, alone and with each partner that was trained, half-batch
    controls left out; seeds are averaged first. Raises CrosstalkError when a language was never trained alone.
    """
    whole = runs[~runs["half"].astype(bool)]
    models = whole.groupby(["language", "added_language"], dropna=False, as_index=False)["loss"].mean()
    table = models.groupby("language")["loss"].agg(mean_loss="mean", models="size")
    alone = models[models["added_language"].isna()].set_index("language")["loss"]
    if missing := sorted(set(runs["language"]) - set(alone.index)):
        raise CrosstalkError(f"runs: {missing[0]} alone is missing; expected every language alone")
    table["loss_alone"] = alone
    table["frequency_loss"] = whole.groupby("language")["frequency_loss"].first()
    table["lower"], table["upper"] = fences(table["mean_loss"].to_numpy())
    table["outlier"] = ~table["mean_loss"].between(table["lower"], table["upper"])
    table = table.sort_index().reset_index()
    return pa.Table.from_pandas(table[CONVERGENCE.names], schema=CONVERGENCE, preserve_index=False)


def outliers(convergence: pa.Table) -> list[str]:
    """Languages that a CONVERGENCE table marks as outliers."""
    return convergence.filter(convergence["outlier"])["language"].to_pylist()
