"""Bootstrap over the sentences of a test set (Koehn 2004): intervals and paired comparisons."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from jaxtyping import Float


def draw_counts(sentence_ids: Iterable[str], resamples: int, seed: int) -> Float[np.ndarray, "resamples sentences"]:
    """How often each of n sentences is in each resample; every row adds up to n.

    The draw depends on the seed and the ids alone, so directions that test the same sentences (in the same order)
    resample them together: a sentence that is hard in one direction is often hard in the others.
    """
    digest = hashlib.sha256(str(seed).encode())
    n = 0
    for sentence_id in sentence_ids:
        digest.update(b"\0" + sentence_id.encode())
        n += 1
    generator = np.random.default_rng(int.from_bytes(digest.digest(), "big"))
    drawn = generator.integers(n, size=(resamples, n)) + n * np.arange(resamples)[:, None]
    return np.bincount(drawn.ravel(), minlength=resamples * n).reshape(resamples, n).astype(np.float64)


def interval(resampled: Float[np.ndarray, " resamples"], confidence: float) -> tuple[float, float]:
    """Percentile interval that covers ``confidence`` of the resampled values."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail])
    return float(low), float(high)


def p_value(difference: float, resampled: Float[np.ndarray, " resamples"]) -> float:
    """Two-sided p of a paired difference under the null hypothesis that it is 0.

    The resampled differences, centred on the observed one, stand for the null distribution;
    p = (1 + how many are at least as far from 0 as the observed one) / (1 + resamples), so it is never 0.
    """
    extreme = np.abs(resampled - difference) >= abs(difference)
    return float((1 + np.count_nonzero(extreme)) / (1 + len(resampled)))
