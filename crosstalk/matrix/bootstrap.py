"""Bootstrap over languages: how an average would differ with other languages of the same kind.

A language drawn k times stands for k languages; a cell of two drawn languages weighs their product, and a language
is never paired with its own copy, because that cell is not measured.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from crosstalk.score.bootstrap import draw_counts

RESAMPLES = 1000


def with_resamples(languages: Sequence[str], seed: int) -> Float[np.ndarray, "draws languages"]:
    """Weights of languages: row 0 counts each once, the others are resamples."""
    return np.concatenate([np.ones((1, len(languages))), draw_counts(languages, RESAMPLES, seed)])


def bounds(resampled: Float[np.ndarray, "resamples ..."], confidence: float) -> Float[np.ndarray, "2 ..."]:
    """Percentile interval along the first axis; draws without a value (NaN) are left out."""
    tail = (1 - confidence) / 2
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice", RuntimeWarning)
        return np.asarray(np.nanquantile(resampled, [tail, 1 - tail], axis=0))


def ratio(
    numerator: Float[np.ndarray, "*shape"], denominator: Float[np.ndarray, "*shape"]
) -> Float[np.ndarray, "*shape"]:
    """Quotient, NaN where there is nothing to divide by."""
    return np.divide(numerator, denominator, out=np.full(np.shape(numerator), np.nan), where=denominator > 0)
