"""Neuron Specialization (Tan et al. 2024): each direction runs through the units that it activates most.

On dev, teacher-forced, it is counted how often each unit of every encoder and decoder layer is active. A direction
keeps the fewest units that hold a share of the layer's count; the mask multiplies the rows of the first map (and, with
no further effect, the columns of the second) in forward and backward, in training and at decoding. Everything else is
trained by all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from crosstalk.config.base import Section
from crosstalk.methods.composition import through_pivot

if TYPE_CHECKING:
    from crosstalk.methods.given import Given
    from crosstalk.tokens.bitexts import Direction
    from crosstalk.training.updates import Updater

COUNTS_AS = "direction"


class Options(Section):
    """Which units."""

    share: Annotated[float, Field(gt=0, le=1)] = 0.95
    """k: share of a layer's activity that the units of a direction hold."""


def updater(given: Given) -> Updater:
    """A direction's batches run through its units."""
    from crosstalk.neurons.activity import most_active, unit_masks
    from crosstalk.training.exact import MaskedUpdater

    dev = given.bitexts("dev")
    masks = {
        str(d): unit_masks(given.model, most_active(given.model, dev, d, given.options["share"]))
        for d in given.bitexts("train").pairs
    }
    return MaskedUpdater(given.model, masks, given.settings, given.accelerator)


def variant(direction: Direction, pivot: str, options: Mapping[str, Any]) -> tuple[str, str]:
    """The masks of the encoder and of the decoder."""
    return through_pivot(direction, pivot)
