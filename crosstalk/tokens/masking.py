"""Which tokens a masked language model has to guess."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crosstalk.tokens.vocabulary import EOS, Vocabulary


def mask(
    ids: NDArray[np.int64], share: float, vocabulary: Vocabulary, rng: np.random.Generator
) -> tuple[NDArray[np.int64], ...]:
    """Choose ``share`` of the tokens of ``ids`` [sentences, longest]; 80 % become <mask>, 10 % another, 10 % stay.

    Returns the changed ids, the flat positions chosen, and the ids that stood there. At least one token is chosen.
    """
    flat = ids.reshape(-1).copy()
    candidates = np.flatnonzero(flat > EOS)
    positions = np.sort(rng.choice(candidates, size=max(1, round(share * len(candidates))), replace=False))
    labels = flat[positions]
    fate = rng.random(len(positions))
    flat[positions[fate < 0.8]] = vocabulary.mask
    other = positions[(fate >= 0.8) & (fate < 0.9)]
    flat[other] = rng.integers(EOS + 1, vocabulary.mask, size=len(other))
    return flat.reshape(ids.shape), positions, labels
