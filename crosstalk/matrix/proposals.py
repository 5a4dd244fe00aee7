"""Which pairs to train next: those that leave the least variance in what is then still predicted (Cohn 1996)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import sparse

from crosstalk.matrix.cells import square
from crosstalk.matrix.completion import full
from crosstalk.matrix.mixed import posterior, quadratic, variances
from crosstalk.matrix.prediction import designs
from crosstalk.matrix.schemas import NEXT


def next_pairs(
    cells: pd.DataFrame, languages: Sequence[str], facts: pd.DataFrame, similarity: pd.DataFrame | None, count: int
) -> pa.Table:
    """NEXT: up to ``count`` pairs without a measured cell, chosen one after the other.

    Each is the one that lowers the expected variance of all unmeasured cells most, under the regression on features
    and given the pairs before it; so languages with few pairs come first, and no two pairs tell the same.
    ``deviation`` is in the unit of the interference. No value of an untrained pair is needed.
    """
    grid = full(cells, languages)
    chosen = square(grid)
    n, names = len(chosen.languages), chosen.languages
    design = designs(grid, chosen.languages, facts, similarity)["features"]
    state = posterior(design, chosen.values.ravel(), variances(design, chosen.values.ravel()))
    unknown = ~np.isfinite(chosen.values) & ~np.isfinite(chosen.values).T & ~np.eye(n, dtype=bool)
    first, second = np.nonzero(np.triu(unknown))
    there, back = (design.matrix[at] for at in (first * n + second, second * n + first))
    deviation = np.sqrt((state.deviation[first * n + second] ** 2 + state.deviation[second * n + first] ** 2) / 2)
    gram = (there.T @ there + back.T @ back).toarray()
    noise = state.residual * np.eye(2)
    covariance, start = state.covariance, float((gram * state.covariance).sum())
    remaining, left, rows = start, np.ones(len(first), bool), []
    for rank in range(1, 1 + min(count, len(first))):
        reach = covariance @ gram @ covariance
        reduction = _pairwise(there, back, reach)
        predicted = _pairwise(there, back, covariance) + noise
        gain = np.trace(np.linalg.solve(predicted, reduction), axis1=1, axis2=2)
        at = int(np.argmax(np.where(left, gain, -np.inf)))
        left[at] = False
        remaining -= float(gain[at])
        pair = np.concatenate([there[[at]].toarray(), back[[at]].toarray()]) @ covariance
        covariance = covariance - pair.T @ np.linalg.solve(predicted[at], pair)
        rows.append(
            {
                "rank": rank,
                "first": names[first[at]],
                "second": names[second[at]],
                "deviation": float(deviation[at]),
                "remaining": max(remaining, 0.0) / start,
            }
        )
    return pa.Table.from_pylist(rows, schema=NEXT)


def _pairwise(there: sparse.csr_array, back: sparse.csr_array, form: np.ndarray) -> np.ndarray:
    """[pairs, 2, 2]: x_i' F x_j of the two cells of each pair."""
    across = np.asarray(there.multiply(back @ form).sum(axis=1)).ravel()
    rows = [[quadratic(there, form), across], [across, quadratic(back, form)]]
    return np.moveaxis(np.array(rows), -1, 0)
