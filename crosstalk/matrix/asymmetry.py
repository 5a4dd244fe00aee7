"""Is what A does to B what B does to A? (Matrix §3.4)"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Float
from scipy import stats

from crosstalk.matrix.association import pearson, spearman
from crosstalk.matrix.bootstrap import bounds, with_resamples
from crosstalk.matrix.cells import parts, square
from crosstalk.matrix.schemas import ASYMMETRY

_BOUNDS = {"interference": "ci", "dilution": "dilution", "conflict": "conflict"}


def standard_error(
    low: Float[np.ndarray, "*shape"],
    high: Float[np.ndarray, "*shape"],
    seeds: Float[np.ndarray, "*shape"],
    confidence: float,
) -> Float[np.ndarray, "*shape"]:
    """Standard error whose interval this is: Student's t over several seeds, normal over sentences."""
    share = (1 + confidence) / 2
    quantile = np.where(seeds > 1, stats.t.ppf(share, np.maximum(seeds - 1, 1)), stats.norm.ppf(share))
    return (high - low) / 2 / quantile


def asymmetry(cells: pd.DataFrame, outliers: Collection[str], confidence: float, seed: int = 0) -> pa.Table:
    """ASYMMETRY of each part of ``cells`` (INTERFERENCE, whose intervals are at ``confidence``), without ``outliers``.

    Only pairs with both cells measured count. Noise is the mean |difference| of two cells that are equal but for
    independent normal errors of their standard errors s and t, sqrt(2 / π) sqrt(s² + t²). Intervals of the table are
    of a bootstrap over languages.
    """
    measured = cells[cells["measured"].astype(bool)]
    rows = [_row(measured, part, outliers, confidence, seed) for part in parts(measured)]
    return pa.Table.from_pylist([row for row in rows if row], schema=ASYMMETRY)


def _row(
    cells: pd.DataFrame, part: str, outliers: Collection[str], confidence: float, seed: int
) -> dict[str, object] | None:
    chosen = square(cells, part, outliers)
    first, second = np.nonzero(chosen.measured & chosen.measured.T)
    if not len(first):
        return None
    low, high, seeds = (
        square(cells, name, outliers).values for name in (f"{_BOUNDS[part]}_low", f"{_BOUNDS[part]}_high", "seeds")
    )
    error = standard_error(low, high, seeds, confidence)
    difference = np.abs(chosen.values - chosen.values.T)[first, second]
    noise = np.hypot(error, error.T)[first, second]
    drawn = with_resamples(chosen.languages, seed)
    weights = drawn[:, first] * drawn[:, second]
    weights = weights[weights.sum(axis=1) > 0]
    there, back = chosen.values[first, second], chosen.values[second, first]
    each = {
        "mean_difference": weights @ difference / weights.sum(axis=1),
        "correlation": pearson(there[None], back[None], weights),
        "rank_correlation": spearman(there, back, weights),
    }
    row: dict[str, object] = {"part": part, "pairs": len(first) // 2}
    for name, values in each.items():
        row[name] = _null(values[0])
        row[f"{name}_low"], row[f"{name}_high"] = (_null(bound) for bound in bounds(values[1:], confidence))
    row["noise"] = _null(np.sqrt(2 / np.pi) * noise.mean())
    row["beyond_noise"] = float((difference > stats.norm.ppf((1 + confidence) / 2) * noise).mean())
    return row


def _null(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
