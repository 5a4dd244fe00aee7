"""Models that predict the cells not measured from those that are, with intervals that cover as they claim.

Every model is judged by cross-validation over unordered pairs: both cells of a pair are held out together, because one
training yields both. Intervals come from the same held-out residuals (cross-conformal; Vovk 2015), each divided by the
standard deviation that the regression predicts for it, so that a language with few trained pairs gets wider ones. They
cover pairs like those measured: what is promised holds when these were drawn at random.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from scipy import stats

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.design import Design, effects, features
from crosstalk.matrix.lowrank import alternating_ridge
from crosstalk.matrix.mixed import Variances, posterior, variances
from crosstalk.tokens.batches import generator

FOLDS = 10
LEAST = 3
"""Pairs without which nothing is predicted."""
LOW_RANK = [(rank, penalty) for rank in (1, 2, 3) for penalty in (1.0, 3.0)]

Values = Float[np.ndarray, "languages languages"]


@dataclass(frozen=True)
class Prediction:
    """All cells by one model, ``mean`` -+ ``half_width``; ``error``: root mean square over cells when held out."""

    model: str
    mean: Values
    half_width: Values
    error: float


def designs(
    cells: pd.DataFrame, languages: Sequence[str], facts: pd.DataFrame, similarity: pd.DataFrame | None
) -> dict[str, Design]:
    """Predictors of each regression, languages in the order given; loss and dilution are of a language's own runs."""
    alone = cells.groupby("language")[["loss_alone", "dilution"]].mean()
    return {"effects": effects(languages), "features": features(languages, facts, alone, similarity)}


def predictions(values: Values, designs: Mapping[str, Design], confidence: float, seed: int) -> list[Prediction]:
    """What each model predicts from the known ``values`` (the others NaN): each regression, alone and with its best
    low-rank model of the residuals. Intervals cover ``confidence``.

    Raises CrosstalkError when fewer than three pairs are known.
    """
    fold = folds(values, seed)
    if (pairs := int(np.count_nonzero(np.triu(fold >= 0)))) < LEAST:
        raise CrosstalkError(f"interference: {pairs} pairs are measured; expected at least {LEAST} to predict others")
    known = np.isfinite(values)
    found = []
    for name, design in designs.items():
        fitted = variances(design, values.ravel())
        whole, deviation = _fit(name, design, values, fitted)
        held, spread = {model: np.empty(values.shape) for model in whole}, np.empty(values.shape)
        for number in range(fold.max() + 1):
            means, deviations = _fit(name, design, np.where(fold == number, np.nan, values), fitted)
            spread[fold == number] = deviations[fold == number]
            for model, mean in means.items():
                held[model][fold == number] = mean[fold == number]
        models = []
        for model, mean in whole.items():
            residual = (values - held[model])[known]
            factor = conformal_quantile(np.abs(residual) / spread[known], pairs, confidence)
            models.append(Prediction(model, mean, factor * deviation, float(np.sqrt(np.mean(residual**2)))))
        found += [models[0], best(models[1:])]
    return found


def best(predictions: Sequence[Prediction]) -> Prediction:
    """The prediction with the smallest held-out error."""
    return min(predictions, key=lambda prediction: prediction.error)


def folds(values: Values, seed: int) -> Int[np.ndarray, "languages languages"]:
    """Fold of each cell whose pair has a known value, the same for both cells of a pair; -1 for the others."""
    known = np.isfinite(values)
    first, second = np.nonzero(np.triu(known | known.T))
    count = max(1, min(FOLDS, len(first)))
    drawn = generator(seed, "folds").permutation(np.arange(len(first)) % count)
    fold = np.full(values.shape, -1)
    fold[first, second] = fold[second, first] = drawn
    return fold


def conformal_quantile(scores: Float[np.ndarray, " n"], pairs: int, confidence: float) -> float:
    """Bound that the score of a cell of a further pair is below with probability ``confidence``.

    With one score a pair it is the ceil((n + 1) confidence)-th smallest of n; the two cells of a pair tell little more
    than one, so it is the same share of the scores when there are more. Where it takes more pairs than there are, it is
    the largest score, or Student's t if that is wider.
    """
    place = int(np.ceil((pairs + 1) / pairs * confidence * len(scores) - 1e-9))
    if place > len(scores):
        return float(max(scores.max(), stats.t.ppf((1 + confidence) / 2, pairs - 1)))
    return float(np.partition(scores, place - 1)[place - 1])


def _fit(name: str, design: Design, values: Values, fitted: Variances) -> tuple[dict[str, Values], Values]:
    """Means by model, the regression ``name`` first, and the regression's standard deviation."""
    estimate = posterior(design, values.ravel(), fitted)
    mean = estimate.mean.reshape(values.shape)
    means = {name: mean}
    for rank, penalty in LOW_RANK:
        means[f"{name} + rank {rank}, penalty {penalty:g}"] = mean + alternating_ridge(values - mean, rank, penalty)
    return means, estimate.deviation.reshape(values.shape)
