"""Everything learns from every batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crosstalk.methods.given import Given
    from crosstalk.training.updates import Updater


def updater(given: Given) -> Updater:
    """AdamW on all parameters."""
    from crosstalk.training.updates import DenseUpdater

    return DenseUpdater(given.model, given.settings, given.accelerator)
