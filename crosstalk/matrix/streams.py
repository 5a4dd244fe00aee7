"""What a run sees: for each language a function of the seed and the update, so that runs share sentences and masks.

Runs that share a language then differ by their other half alone: common random numbers, which make their differences
more precise. Mixes of as many languages do so too.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from crosstalk.config.matrix import MatrixTraining
from crosstalk.errors import CrosstalkError
from crosstalk.matrix.blocks import Run, Share
from crosstalk.matrix.frequencies import frequencies
from crosstalk.matrix.mixes import Mix
from crosstalk.matrix.packing import Sentences
from crosstalk.tokens.batches import generator
from crosstalk.tokens.masking import mask
from crosstalk.tokens.store import TokenStore
from crosstalk.tokens.vocabulary import BOS, EOS, Vocabulary

_KEPT = 4096
"""Parts of batches that are kept for the next runs."""


def usable(store: TokenStore, split: str) -> NDArray[np.int64]:
    """Rows of a split that have a token."""
    rows = store.rows(split)
    return rows[store.lengths[rows] > 0]


def sentence(store: TokenStore, row: int, max_length: int) -> NDArray[np.int64]:
    """Ids of a sentence between start and end, cut to ``max_length`` of them."""
    start, stop = store.offsets[row], store.offsets[row + 1]
    ids = np.asarray(store.ids[start : min(stop, start + max_length - 2)])
    return np.concatenate([[BOS], ids, [EOS]])


class Streams:
    """Parts of batches of every language.

    A run alone gets both halves of its language's batch; a half run, and each language of a pair, the first; m
    languages an m-th each. A stream goes through the training split in epochs of its own, so every run sees its
    sentences equally often.
    """

    def __init__(self, stores: Mapping[str, TokenStore], vocabulary: Vocabulary, training: MatrixTraining) -> None:
        self._stores, self._vocabulary, self._training = stores, vocabulary, training
        self._rows = {language: usable(store, "train") for language, store in stores.items()}
        self._part = lru_cache(maxsize=_KEPT)(self._made)
        self.frequencies = lru_cache(maxsize=None)(self._frequencies)

    def check(self, run: Run | Mix) -> None:
        """CrosstalkError when a language of a run has nothing to train on."""
        for language in run.languages:
            if not len(self._rows.get(language, ())):
                raise CrosstalkError(
                    f"{language}: no sentence to train on; expected some in split 'train' of its corpus"
                )

    def _frequencies(self, language: str) -> NDArray[np.float64]:
        """Share of each token [size of the vocabulary] in what ``language`` is trained on."""
        return frequencies(self._stores[language], self._rows[language], self._vocabulary.size)

    def batch(self, run: Run | Mix, update: int) -> list[Sentences]:
        """What a run sees at an update: a part for each of its shares."""
        return [self._of(share, run.seed, update) for share in run.shares]

    def _of(self, share: Share, seed: int, update: int) -> Sentences:
        places = share.sentences(update, self._training.sentences)
        return self._part(share.language, seed, share.stream, update, places)

    def _made(self, language: str, seed: int, stream: int, update: int, places: range) -> Sentences:
        store = self._stores[language]
        rows = self._drawn(language, seed, stream, places)
        each = [sentence(store, row, self._training.max_length) for row in rows]
        ids, lengths = np.concatenate(each), np.fromiter(map(len, each), np.int64, len(each))
        random = generator("matrix-mask", seed, language, stream, update)
        masked, positions, labels = mask(ids[None], self._training.mask, self._vocabulary, random)
        return Sentences(masked[0], lengths, positions, labels)

    def _drawn(self, language: str, seed: int, stream: int, places: range) -> list[int]:
        """Rows at ``places`` of the epochs, which follow one another."""
        rows, drawn = self._rows[language], []
        for position in places:
            epoch, within = divmod(position, len(rows))
            drawn.append(int(rows[self._order(language, seed, stream, epoch)[within]]))
        return drawn

    @lru_cache(maxsize=64)  # noqa: B019
    def _order(self, language: str, seed: int, stream: int, epoch: int) -> NDArray[np.int64]:
        return generator("matrix-epoch", seed, language, stream, epoch).permutation(len(self._rows[language]))
