"""The ablation of NRD §5.2: the same reduction for every language, without gamma."""

from __future__ import annotations

from crosstalk.config.nrd import Filter

NEEDS_GAMMA = False


def factor(settings: Filter, gamma: float) -> float:
    """0, or 1 - alpha, by ``filter.static`` (METHODS §1, baselines)."""
    return 0.0 if settings.static == "zero" else max(0.0, 1.0 - settings.alpha)
