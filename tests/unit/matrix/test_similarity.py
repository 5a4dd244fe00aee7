"""Similarity of languages by aligned sentences (Matrix §4)."""

from __future__ import annotations

import numpy as np
import pytest

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.similarity import similarity

VECTORS = {"one": [1.0, 0], "un": [3, 4], "two": [0, 2], "deux": [0, 1], "uno": [-5, 0], "dos": [1, 1]}


def embed(texts: list[str], language: str) -> np.ndarray:
    return np.array([VECTORS[text] for text in texts], float)


def test_mean_cosine_by_hand() -> None:
    found = similarity({"fra": ["un", "deux"], "eng": ["one", "two"], "spa": ["uno", "dos"]}, embed)
    table = found.set_index(["language", "added_language"])["similarity"]
    assert list(table.index) == sorted(table.index)
    assert table["eng", "fra"] == table["fra", "eng"] == pytest.approx((0.6 + 1) / 2)
    assert table["eng", "spa"] == pytest.approx((-1 + np.sqrt(0.5)) / 2)
    assert len(table) == 6


def test_sentences_must_be_aligned() -> None:
    with pytest.raises(CrosstalkError, match="eng 2, fra 1, …; expected the same number"):
        similarity({"fra": ["un"], "eng": ["one", "two"]}, embed)
    with pytest.raises(CrosstalkError, match="above 0"):
        similarity({"fra": [], "eng": []}, embed)


def test_an_embedding_must_have_a_direction() -> None:
    with pytest.raises(CrosstalkError, match="an embedding of eng is zero or not a number"):
        similarity({"eng": ["one"], "fra": ["un"]}, lambda texts, language: np.zeros((1, 2)))
