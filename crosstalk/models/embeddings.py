"""Embeddings in which translations of each other start close: what XLM-R knows, had from aligned sentences alone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

from crosstalk.tokens.store import TokenStore

_SPLIT = "train"


def align(embeddings: Tensor, stores: Mapping[str, TokenStore], share: float, seed: int) -> None:
    """Turn ``embeddings`` [vocabulary, width], in place, so that tokens of the same sentences lie close.

    A token is the set of training sentences it occurs in, in whatever language; the leading directions of their
    positive pointwise mutual information place it (Levy, Søgaard and Goldberg 2017). ``share`` of each row's squared
    length comes from there and the rest stays as it was, so that translations can still be told apart. Rows that no
    training sentence has (tags, say) stay as they are.
    """
    align_occurrences(embeddings, *_occurrences(stores), share, seed)


def align_occurrences(
    embeddings: Tensor, tokens: NDArray[np.int32], sentences: NDArray[np.uint64], share: float, seed: int
) -> None:
    """``align`` for ``tokens`` and the sentence that each of them occurs in, aligned sentences being one."""
    from sklearn.utils.extmath import randomized_svd  # half a second, which every training would pay

    occurrences = _mutual_information(tokens, sentences, len(embeddings))
    width = min(embeddings.shape[1], min(occurrences.shape) - 1)
    if share == 0 or width < 1:
        return
    places, _, _ = randomized_svd(occurrences, width, n_iter=3, random_state=seed)
    length = np.linalg.norm(places, axis=1, keepdims=True)
    seen = np.flatnonzero(length[:, 0] > 1e-8)
    # A random rotation gives every dimension its part of the strong directions, and so to every attention head.
    rng = np.random.default_rng(seed)
    rotation, _ = np.linalg.qr(rng.standard_normal((embeddings.shape[1], width)))
    directions = torch.from_numpy(places[seen] / length[seen] @ rotation.T).to(embeddings)
    with torch.no_grad():
        old = embeddings[seen]
        size = old.norm(dim=1, keepdim=True)
        embeddings[seen] = share**0.5 * size * directions + (1 - share) ** 0.5 * old


def _occurrences(stores: Mapping[str, TokenStore]) -> tuple[NDArray[np.int32], NDArray[np.uint64]]:
    """Tokens of the training sentences and the sentences they occur in."""
    tokens: list[NDArray[np.int32]] = []
    sentences: list[NDArray[np.uint64]] = []
    for store in stores.values():
        chosen = np.zeros(len(store.sentences), bool)
        chosen[store.rows(_SPLIT)] = True
        mine = np.repeat(chosen, store.lengths)
        tokens.append(np.asarray(store.ids)[mine])
        sentences.append(np.repeat(np.asarray(store.sentences), store.lengths)[mine])
    return np.concatenate(tokens), np.concatenate(sentences)


def _mutual_information(rows: NDArray[np.int32], sentences: NDArray[np.uint64], vocabulary: int) -> sparse.csr_array:
    """Positive PMI [vocabulary, sentences] of tokens and the sentences they occur in."""
    distinct, columns = np.unique(sentences, return_inverse=True)
    counts = sparse.coo_array((np.ones(len(rows)), (rows, columns)), shape=(vocabulary, len(distinct)))
    counts.sum_duplicates()
    row, column = counts.coords
    expected = counts.sum(axis=1)[row] * counts.sum(axis=0)[column] / max(len(rows), 1)
    return sparse.csr_array(
        (np.maximum(np.log(counts.data / expected), 0.0), (row, column)), shape=counts.shape, dtype=np.float64
    )
