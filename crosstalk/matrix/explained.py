"""How far a feature of pairs of languages tells cells of the matrix apart, under many weightings at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from crosstalk.matrix.bootstrap import ratio

Matrix = Float[np.ndarray, "n n"]
Features = Float[np.ndarray, "features n n"]
Weights = Float[np.ndarray, "draws n n"]
Statistic = Float[np.ndarray, "draws features"]


class Contrast(NamedTuple):
    """Means of the cells with each feature and of those without it, and its correlation with the cells."""

    within: Statistic
    between: Statistic
    correlation: Statistic


def without_main_effects(values: Features, weights: Weights) -> Float[np.ndarray, "draws features n n"]:
    """Residuals of the weighted least-squares fit of row and column effects to each matrix."""
    total = weights.sum(axis=2)
    inverse = ratio(np.ones(total.shape), total)
    inverse[np.isnan(inverse)] = 0
    rows, columns = np.einsum("fij,dij->dif", values, weights), np.einsum("fij,dij->djf", values, weights)
    scaled = weights * inverse[:, :, None]
    # Row effects are eliminated. Rows and columns both hold the mean, so what is left is singular; what the small ridge
    # picks there cancels when both are subtracted.
    ridge = 1e-10 * weights.sum(axis=(1, 2))[:, None] + weights.sum(axis=1)
    system = ridge[:, :, None] * np.eye(len(values[0])) - weights.swapaxes(1, 2) @ scaled
    column = np.linalg.solve(system, columns - scaled.swapaxes(1, 2) @ rows)
    row = inverse[:, :, None] * (rows - weights @ column)
    return values - row.swapaxes(1, 2)[..., None] - column.swapaxes(1, 2)[:, :, None]


def contrast(values: Matrix, features: Features, weights: Weights, adjusted: bool) -> Contrast:
    """Mean with and without each feature (1 or 0), and its correlation with ``values`` (Matrix §3.5).

    Cells count by ``weights``; ``adjusted`` takes row and column effects out of values and features first, so that a
    language that suffers everywhere says nothing. A correlation is NaN where either does not vary; its square is the
    variance explained.
    """
    raw = np.concatenate([values[None], features])
    centred = without_main_effects(raw, weights) if adjusted else raw[None]
    centred = np.broadcast_to(centred, (len(weights), *raw.shape))
    means = np.einsum("dfij,dij->df", centred, weights) / weights.sum(axis=(1, 2))[:, None]
    centred = centred - means[..., None, None]
    variance = np.einsum("dfij,dfij,dij->df", centred, centred, weights)
    variance[variance < 1e-14 * np.einsum("fij,fij,dij->df", raw, raw, weights)] = 0
    weighted = centred[:, 0] * weights
    products = np.einsum("dfij,dij->df", centred[:, 1:], weighted)
    shown = weighted if adjusted else values * weights
    within = _mean(features, shown, weights)
    between = _mean(1 - features, shown, weights)
    return Contrast(within, between, ratio(products, np.sqrt(variance[:, :1] * variance[:, 1:])))


def _mean(features: Features, weighted: Weights, weights: Weights) -> Statistic:
    flat = features.reshape(len(features), -1).T
    return ratio(weighted.reshape(len(weights), -1) @ flat, weights.reshape(len(weights), -1) @ flat)
