"""Learning rates."""

from __future__ import annotations

import math

from crosstalk.config.matrix import MatrixTraining
from crosstalk.config.training import Optimisation


def learning_rate(update: int, settings: Optimisation | MatrixTraining) -> float:
    """Rate of the update numbered from 0: linear warm-up to the peak, then inverse square root, cosine or constant."""
    peak, warmup, step = settings.learning_rate, settings.warmup, update + 1
    if step <= warmup:
        return peak * step / warmup
    if settings.schedule == "inverse_sqrt":
        return peak * math.sqrt(max(warmup, 1) / step)
    if settings.schedule == "cosine":
        progress = (step - warmup) / max(settings.updates - warmup, 1)
        return peak * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
    return peak
