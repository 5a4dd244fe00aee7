"""Guessing tokens by how frequent they are: what a model knows that has not learnt to read yet."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from crosstalk.tokens.store import TokenStore

_UNSEEN = 0.1
"""Occurrences added to every token. Of 0.01, 0.1, 0.5 and 1, it gave the lowest loss on FLORES-200 for 8 languages."""


def frequencies(store: TokenStore, rows: NDArray[np.int64], size: int) -> Float[np.ndarray, " size"]:
    """Share of each of ``size`` tokens in some rows of a store, none of them zero."""
    counts = np.full(size, _UNSEEN)
    for row in rows.tolist():
        counts += np.bincount(store[row], minlength=size)
    return counts / counts.sum()
