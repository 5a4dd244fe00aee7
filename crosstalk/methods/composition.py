"""How a direction that was never trained is put together from two that were."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crosstalk.tokens.bitexts import Direction


def through_pivot(direction: Direction, pivot: str) -> tuple[str, str]:
    """The directions whose encoder and whose decoder a direction uses: X -> Y those of X -> pivot and pivot -> Y."""
    if pivot in direction:
        return str(direction), str(direction)
    return f"{direction.src}-{pivot}", f"{pivot}-{direction.tgt}"
