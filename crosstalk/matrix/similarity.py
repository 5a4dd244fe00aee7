"""How close two languages are to a sentence encoder (Matrix §4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import permutations

import numpy as np
import pandas as pd
from jaxtyping import Float

from crosstalk.errors import CrosstalkError

Embed = Callable[[list[str], str], np.ndarray]
"""Sentences and their language -> embeddings [sentences, width]."""


def similarity(texts: Mapping[str, list[str]], embed: Embed) -> pd.DataFrame:
    """``language, added_language, similarity`` of every ordered pair, in alphabetical order (SIMILARITY).

    Sentence i of each language translates sentence i of the others; the similarity of two languages is the mean over
    sentences of the cosine of their embeddings, Matrix §4. Raises CrosstalkError when languages have different
    numbers of sentences or none, or an embedding is no direction.
    """
    names = sorted(texts)
    counts = {name: len(texts[name]) for name in names}
    if len(set(counts.values())) != 1 or 0 in counts.values():
        found = ", ".join(f"{name} {counts[name]}" for name in names[:3])
        raise CrosstalkError(f"similarity: sentences per language are {found}, …; expected the same number, above 0")
    directions = np.stack([_unit(embed(texts[name], name), name).ravel() for name in names])
    cosines = directions @ directions.T / counts[names[0]]
    place = {name: at for at, name in enumerate(names)}
    rows = [(first, second, float(cosines[place[first], place[second]])) for first, second in permutations(names, 2)]
    return pd.DataFrame(rows, columns=["language", "added_language", "similarity"])


def _unit(embeddings: Float[np.ndarray, "sentences width"], language: str) -> Float[np.ndarray, "sentences width"]:
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise CrosstalkError(f"similarity: an embedding of {language} is zero or not a number; expected a direction")
    return embeddings / lengths
