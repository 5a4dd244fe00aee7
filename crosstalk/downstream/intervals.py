"""Means over seeds and test sentences, with an interval that knows of both."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import stats


class Estimate(NamedTuple):
    """A mean and its interval."""

    value: float
    low: float
    high: float


def estimate(values: Float[np.ndarray, "seeds sentences"], confidence: float) -> Estimate:
    """Mean of a table of seeds x sentences, as if both were drawn: other random starts, other sentences.

    The variance of the mean is a + b, a = variance of the seeds' means / seeds, b = variance of the sentences' means /
    sentences; the interval is Student's t with Satterthwaite's degrees of freedom. One seed leaves b alone. Differences
    of two conditions are paired by taking the table of differences. NaN bounds where there is one value.
    """
    means = values.mean(axis=1), values.mean(axis=0)
    parts = [float(each.var(ddof=1)) / len(each) if len(each) > 1 else 0.0 for each in means]
    freedoms = [max(1, len(each) - 1) for each in means]
    value, variance = float(values.mean()), sum(parts)
    if values.size == 1:
        return Estimate(value, np.nan, np.nan)
    if variance == 0:
        return Estimate(value, value, value)
    freedom = variance**2 / sum(part**2 / each for part, each in zip(parts, freedoms, strict=True))
    reach = float(stats.t.ppf((1 + confidence) / 2, freedom)) * float(np.sqrt(variance))
    return Estimate(value, value - reach, value + reach)
