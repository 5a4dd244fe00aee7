"""Bottleneck adapters after every layer, everything else frozen (Bapna and Firat 2019)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from crosstalk.config.base import Section
from crosstalk.methods.composition import through_pivot

if TYPE_CHECKING:
    from crosstalk.methods.given import Given
    from crosstalk.tokens.bitexts import Direction
    from crosstalk.training.updates import Updater

COUNTS_AS = "direction"


class Options(Section):
    """The adapters."""

    bottleneck: Annotated[int, Field(ge=1)] = 256
    """Width of W_down's output (256 is assumed)."""
    by: Literal["language", "direction"] = "language"
    """The source language's adapter in the encoder and the target's in the decoder; or one for each direction."""


def updater(given: Given) -> Updater:
    """A direction's batches change its adapters."""
    from crosstalk.training.adapters import AdapterUpdater

    keys = {str(d): variant(d, given.pivot, given.options) for d in given.directions}
    return AdapterUpdater(given.model, keys, given.options["bottleneck"], given.settings, given.accelerator, given.seed)


def variant(direction: Direction, pivot: str, options: Mapping[str, Any]) -> tuple[str, str]:
    """Adapters of the encoder and of the decoder."""
    return direction if options["by"] == "language" else through_pivot(direction, pivot)
