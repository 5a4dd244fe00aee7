"""Interference between families, scripts and resource levels (Matrix §3.5, §3.6, Figs. 4 to 6)."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Float

from crosstalk.matrix.bootstrap import bounds, ratio, with_resamples
from crosstalk.matrix.cells import Cells, parts, square
from crosstalk.matrix.schemas import GROUPS

SMALLEST = {"family": 3, "script": 2, "resource_level": 1}
"""Languages that a group needs, outliers not counted: families as the paper does, scripts so that a pair shares one."""


def block_means(
    values: Float[np.ndarray, "languages languages"],
    cells: Float[np.ndarray, "languages languages"],
    members: Float[np.ndarray, "groups languages"],
    weights: Float[np.ndarray, "draws languages"],
) -> Float[np.ndarray, "draws groups groups"]:
    """Mean of the cells of each row group and column group, Matrix §3.5, NaN without any; ``cells`` are 0 or 1."""
    chosen = members[None] * weights[:, None]
    across = chosen.swapaxes(1, 2)
    return ratio(chosen @ (values * cells) @ across, chosen @ cells @ across)


def groups(
    cells: pd.DataFrame, facts: pd.DataFrame, outliers: Collection[str], confidence: float, seed: int = 0
) -> pa.Table:
    """GROUPS of ``cells`` (INTERFERENCE) by what ``facts`` say, ``outliers`` left out.

    Languages of an unknown group count among all languages only. Intervals are of a bootstrap over languages.
    """
    known = facts.set_index("language")
    tables = []
    for part in parts(cells):
        chosen = square(cells, part, outliers)
        weights = with_resamples(chosen.languages, seed)
        for by, smallest in SMALLEST.items():
            labels = known[by].reindex(chosen.languages).fillna("")
            counts = labels[labels != ""].value_counts()
            names = sorted(counts[counts >= smallest].index)
            members = np.stack([*((labels == name).to_numpy(float) for name in names), np.ones(len(labels))])
            table = _table([*names, None], chosen, members, weights, confidence)
            tables.append(table.assign(by=by, part=part))
    table = pd.concat(tables, ignore_index=True)[GROUPS.names]
    return pa.Table.from_pandas(table, schema=GROUPS, preserve_index=False)


def _table(
    names: list[str | None],
    chosen: Cells,
    members: Float[np.ndarray, "groups languages"],
    weights: Float[np.ndarray, "draws languages"],
    confidence: float,
) -> pd.DataFrame:
    drawn = block_means(chosen.filled, chosen.known, members, weights)
    low, high = bounds(drawn[1:], confidence)
    sizes = members.sum(axis=1)
    count = members @ chosen.known @ members.T
    measured = members @ chosen.measured.astype(float) @ members.T
    rows, columns = (index.ravel() for index in np.indices(count.shape))
    return pd.DataFrame(
        {
            "row_group": [names[at] for at in rows],
            "column_group": [names[at] for at in columns],
            "mean": drawn[0].ravel(),
            "low": low.ravel(),
            "high": high.ravel(),
            "row_languages": sizes[rows],
            "column_languages": sizes[columns],
            "cells": count.ravel(),
            "measured": ratio(measured, count).ravel(),
        }
    )
