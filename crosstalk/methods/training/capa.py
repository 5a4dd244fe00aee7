"""CaPA, a reconstruction (Huo et al. 2024, of which only the abstract is public).

Each direction keeps a share of every linear map's weights, more where its gradient agrees with the others': of weights
w with the gradient g it keeps those of the largest |w g|. Masked weights count in forward and backward.
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
    """Kept share r = clip(base + slope z(c), least, 1), c the cosine of a direction's gradient and the mean."""

    base: Annotated[float, Field(gt=0, le=1)] = 0.7
    """r0 (assumed)."""
    slope: float = 0.1
    """beta (assumed)."""
    least: Annotated[float, Field(gt=0, le=1)] = 0.3
    """r_min (assumed)."""
    batches: Annotated[int, Field(ge=1)] = 16
    """Validation batches of each direction behind a gradient (assumed)."""


def updater(given: Given) -> Updater:
    """A direction's batches run through its share of the weights."""
    from crosstalk.neurons.importance import consistent_masks
    from crosstalk.training.exact import MaskedUpdater

    chosen = Options.model_validate(given.options)
    masks = consistent_masks(
        given.model, given.bitexts("dev"), list(given.bitexts("train").pairs), chosen.batches,
        given.settings.sampling.batch_tokens, given.seed, chosen.base, chosen.slope, chosen.least,
    )  # fmt: skip
    return MaskedUpdater(given.model, masks, given.settings, given.accelerator)


def variant(direction: Direction, pivot: str, options: Mapping[str, Any]) -> tuple[str, str]:
    """The masks of the encoder and of the decoder."""
    return through_pivot(direction, pivot)
