"""Mixed-effects regression: ridge regression whose penalties are the variances of groups of effects.

y = X b + e with e ~ N(0, s²) and b_j ~ N(0, v_g) for each predictor j of group g; fixed effects (group 0) have
the variance ``FIXED``; the other variances maximise the likelihood of y (EM; Dempster, Laird and Rubin 1977).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import sparse

from crosstalk.matrix.design import Design

FIXED = 1.0
"""Prior variance of fixed effects, in variances of the outcome; their predictors are of variance 1, or 0 and 1."""
ITERATIONS = 60
TOLERANCE = 0.01
"""EM ends when no variance above the smallest changes by more than this share."""
SMALLEST = 1e-5


@dataclass(frozen=True)
class Variances:
    """Variance of the effects of each group and of the residual, in variances of the outcome."""

    groups: Float[np.ndarray, " groups"]
    residual: float


@dataclass(frozen=True)
class Posterior:
    """Effects given the cells that are known; ``mean`` and ``deviation`` (residual included) are of every cell."""

    mean: Float[np.ndarray, " cells"]
    deviation: Float[np.ndarray, " cells"]
    covariance: Float[np.ndarray, "predictors predictors"]
    residual: float


def variances(design: Design, values: Float[np.ndarray, " cells"]) -> Variances:
    """Maximum-likelihood variances given the ``values`` of some cells (NaN: unknown)."""
    known = np.isfinite(values)
    x, y, _, _ = _standardised(design, values)
    gram, moment = (x.T @ x).toarray(), x.T @ y
    seen = np.diag(gram) > 0
    count = max(1, design.groups.max() + 1)
    sizes = np.maximum(np.bincount(design.groups[seen], minlength=count), 1)
    found = Variances(np.r_[FIXED, np.full(count - 1, 0.1)], 0.3)
    for _ in range(ITERATIONS):
        covariance = _covariance(gram, design, found)
        mean = covariance @ moment / found.residual
        squares = np.where(seen, mean**2 + np.diag(covariance), 0)
        groups = np.maximum(np.bincount(design.groups, squares, count) / sizes, SMALLEST)
        groups[0] = FIXED
        misfit = y @ y - 2 * moment @ mean + mean @ gram @ mean + (gram * covariance).sum()
        residual = max(float(misfit) / known.sum(), SMALLEST)
        change = np.abs(np.log(np.r_[groups, residual] / np.r_[found.groups, found.residual]))
        found = Variances(groups, residual)
        if change.max() < TOLERANCE:
            break
    return found


def posterior(design: Design, values: Float[np.ndarray, " cells"], variances: Variances) -> Posterior:
    """Prediction of every cell from the ``values`` of some (NaN: unknown)."""
    x, y, centre, scale = _standardised(design, values)
    covariance = _covariance((x.T @ x).toarray(), design, variances)
    effects = covariance @ (x.T @ y) / variances.residual
    spread = quadratic(design.matrix, covariance) + variances.residual
    return Posterior(
        mean=centre + scale * (design.matrix @ effects),
        deviation=scale * np.sqrt(spread),
        covariance=covariance,
        residual=variances.residual,
    )


def quadratic(x: sparse.csr_array, form: Float[np.ndarray, "predictors predictors"]) -> Float[np.ndarray, " cells"]:
    """x_i' F x_i for every row of ``x``."""
    return np.asarray(x.multiply(x @ form).sum(axis=1)).ravel()


def _standardised(
    design: Design, values: Float[np.ndarray, " cells"]
) -> tuple[sparse.csr_array, Float[np.ndarray, " known"], float, float]:
    known = np.isfinite(values)
    centre, scale = float(values[known].mean()), float(values[known].std()) or 1.0
    return design.matrix[known], (values[known] - centre) / scale, centre, scale


def _covariance(
    gram: Float[np.ndarray, "predictors predictors"], design: Design, variances: Variances
) -> Float[np.ndarray, "predictors predictors"]:
    return np.linalg.inv(gram / variances.residual + np.diag(1 / variances.groups[design.groups]))
