"""What a run sees: for each language a function of the seed and the update, so that runs share sentences and masks.

Runs that share a language then differ by their other half alone: common random numbers, which make their differences
more precise.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from crosstalk.config.matrix import MatrixTraining
from crosstalk.errors import CrosstalkError
from crosstalk.matrix.blocks import Run
from crosstalk.matrix.frequencies import frequencies
from crosstalk.matrix.packing import Sentences
from crosstalk.tokens.batches import generator
from crosstalk.tokens.masking import mask
from crosstalk.tokens.store import TokenStore
from crosstalk.tokens.vocabulary import BOS, EOS, Vocabulary

_KEPT = 4096
"""Half batches that are kept for the next runs."""


def usable(store: TokenStore, split: str) -> NDArray[np.int64]:
    """Rows of a split that have a token."""
    rows = store.rows(split)
    return rows[store.lengths[rows] > 0]


def sentence(store: TokenStore, row: int, max_length: int) -> NDArray[np.int64]:
    """Ids of a sentence between start and end, cut to ``max_length`` of them."""
    start, stop = store.offsets[row], store.offsets[row + 1]
    ids = np.asarray(store.ids[start : min(stop, start + max_length - 2)])
    return np.concatenate([[BOS], ids, [EOS]])


def halves(run: Run) -> list[tuple[str, int]]:
    """Language and number of each half batch of a run, in the order they stand in the batch."""
    if run.partner is None:
        return [(run.language, half) for half in range(1 if run.half else 2)]
    return [(language, 0) for language in sorted(run.languages)]


class Streams:
    """Half batches of every language.

    A run alone gets both halves of its language's batch; a half run, and each language of a pair, the first. A half
    goes through the training split in epochs of its own, so every run sees its sentences equally often.
    """

    def __init__(self, stores: Mapping[str, TokenStore], vocabulary: Vocabulary, training: MatrixTraining) -> None:
        self._stores, self._vocabulary, self._training = stores, vocabulary, training
        self._rows = {language: usable(store, "train") for language, store in stores.items()}
        self.half = lru_cache(maxsize=_KEPT)(self._half)
        self.frequencies = lru_cache(maxsize=None)(self._frequencies)

    def check(self, run: Run) -> None:
        """CrosstalkError when a language of a run has nothing to train on."""
        for language in run.languages:
            if not len(self._rows.get(language, ())):
                raise CrosstalkError(
                    f"{language}: no sentence to train on; expected some in split 'train' of its corpus"
                )

    def _frequencies(self, language: str) -> NDArray[np.float64]:
        """Share of each token [size of the vocabulary] in what ``language`` is trained on."""
        return frequencies(self._stores[language], self._rows[language], self._vocabulary.size)

    def batch(self, run: Run, update: int) -> list[Sentences]:
        """What a run sees at an update, the same for {a, b} and {b, a}."""
        return [self.half(language, run.seed, half, update) for language, half in halves(run)]

    def _half(self, language: str, seed: int, half: int, update: int) -> Sentences:
        """Half of a batch of ``language``, number ``half`` (0 or 1) of the update."""
        store, count = self._stores[language], self._training.sentences // 2
        rows = self._drawn(language, seed, half, update * count, count)
        each = [sentence(store, row, self._training.max_length) for row in rows]
        ids, lengths = np.concatenate(each), np.fromiter(map(len, each), np.int64, len(each))
        random = generator("matrix-mask", seed, language, half, update)
        masked, positions, labels = mask(ids[None], self._training.mask, self._vocabulary, random)
        return Sentences(masked[0], lengths, positions, labels)

    def _drawn(self, language: str, seed: int, half: int, first: int, count: int) -> list[int]:
        """Rows ``first`` to ``first + count`` of the epochs, one after the other."""
        rows, drawn = self._rows[language], []
        for position in range(first, first + count):
            epoch, within = divmod(position, len(rows))
            drawn.append(int(rows[self._order(language, seed, half, epoch)[within]]))
        return drawn

    @lru_cache(maxsize=64)  # noqa: B019
    def _order(self, language: str, seed: int, half: int, epoch: int) -> NDArray[np.int64]:
        return generator("matrix-epoch", seed, language, half, epoch).permutation(len(self._rows[language]))
