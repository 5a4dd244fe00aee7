"""Dampening by gradient consistency: the more a language conflicts, the more its syntax-sensitive units are reduced."""

from __future__ import annotations

from crosstalk.config.nrd import Filter

NEEDS_GAMMA = True


def factor(settings: Filter, gamma: float) -> float:
    """1 - alpha (1 - gamma_l), at least 0: the middle case of Eq. (3), NRD §3.3.2."""
    return max(0.0, 1.0 - settings.alpha * (1.0 - gamma))
