"""What decoding is given, and how long its output may be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crosstalk.config.nrd import Decode

Rows = Sequence[np.ndarray]
"""Ids of each sentence."""


def longest_output(source: int, limits: Decode, positions: int) -> int:
    """Most ids of the output of a ``source`` of that many, the decoder's first one and the end included."""
    return min(positions, int(limits.max_ratio * source) + limits.max_extra)
