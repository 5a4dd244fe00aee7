"""Weighted correlations; a weight says how often a value occurs, so a bootstrap needs no second ranking."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from crosstalk.matrix.bootstrap import ratio

Values = Float[np.ndarray, "#draws n"]
Weights = Float[np.ndarray, "draws n"]
Draws = Float[np.ndarray, " draws"]


def covariance(x: Values, y: Values, weights: Weights) -> Draws:
    """Weighted population covariance of every draw."""
    total = weights.sum(axis=1, keepdims=True)
    x = x - (weights * x).sum(axis=1, keepdims=True) / total
    y = y - (weights * y).sum(axis=1, keepdims=True) / total
    return (weights * x * y).sum(axis=1) / total[:, 0]


def pearson(x: Values, y: Values, weights: Weights) -> Draws:
    """Weighted correlation of every draw; NaN where a variable does not vary."""
    squares = [covariance(each, each, weights) for each in (x, y)]
    vary = [square > (1e-12 * np.abs(each).max()) ** 2 for square, each in zip(squares, (x, y), strict=True)]
    return ratio(covariance(x, y, weights), np.where(vary[0] & vary[1], np.sqrt(squares[0] * squares[1]), 0))


def mid_ranks(values: Float[np.ndarray, " n"], weights: Weights) -> Weights:
    """Rank of each value among all, value i occurring ``weights[:, i]`` times; ties share their mean rank."""
    distinct, group = np.unique(values, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(len(distinct)))
    occurrences = np.add.reduceat(weights[:, order], starts, axis=1)
    return (np.cumsum(occurrences, axis=1) - (occurrences - 1) / 2)[:, group]


def spearman(x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"], weights: Weights) -> Draws:
    """Spearman's rank correlation of every draw; NaN where a variable does not vary."""
    return pearson(mid_ranks(x, weights), mid_ranks(y, weights), weights)
