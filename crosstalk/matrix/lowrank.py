"""Low-rank completion of a matrix."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

SWEEPS = 30


def alternating_ridge(
    values: Float[np.ndarray, "rows columns"], rank: int, penalty: float
) -> Float[np.ndarray, "rows columns"]:
    """U V' that minimises the squared error where ``values`` are known (not NaN) + penalty s (|U|² + |V|²).

    Rows of U and of V are solved in turn by ridge regression; s is the root mean square of the known values, so the
    penalty has no unit.
    """
    known = np.isfinite(values)
    scale = float(np.sqrt(np.mean(values[known] ** 2)))
    if not scale:
        return np.zeros(values.shape)
    target, weights = np.where(known, values, 0) / scale, known.astype(float)
    _, singular, right = np.linalg.svd(target, full_matrices=False)
    v = right[:rank].T * np.sqrt(singular[:rank])
    for _ in range(SWEEPS):
        u = _ridge(target, weights, v, penalty)
        v = _ridge(target.T, weights.T, u, penalty)
    return scale * u @ v.T


def _ridge(target: np.ndarray, weights: np.ndarray, factors: np.ndarray, penalty: float) -> np.ndarray:
    """Coefficients of each row of ``target`` on the ``factors`` of its known columns."""
    rank = factors.shape[1]
    products = (factors[:, :, None] * factors[:, None]).reshape(len(factors), -1)
    grams = (weights @ products).reshape(-1, rank, rank) + penalty * np.eye(rank)
    return np.linalg.solve(grams, (target @ factors)[:, :, None])[:, :, 0]
