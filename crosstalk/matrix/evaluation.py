"""Losses on the evaluation sentences, under masks that together cover every token once (METHODS §2, 4)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from crosstalk.config.matrix import Matrix, MatrixEvaluation
from crosstalk.errors import CrosstalkError
from crosstalk.matrix.encoder import Encoders
from crosstalk.matrix.packing import Packed, Sentences, pack
from crosstalk.matrix.streams import sentence, usable
from crosstalk.tokens.batches import by_length, generator
from crosstalk.tokens.store import TokenStore
from crosstalk.tokens.vocabulary import Vocabulary
from crosstalk.training.cross_entropy import token_losses

_BATCH_TOKENS = 2**12


class Losses(NamedTuple):
    """Of each evaluation sentence: nats summed over its tokens, and how many they are."""

    nats: NDArray[np.float64]
    tokens: NDArray[np.int64]


def folds(language: str, key: int, tokens: int, masks: int) -> NDArray[np.int64]:
    """The mask that covers each token of a sentence: sizes differ by one at most, whatever the model."""
    return generator("evaluation", language, key).permutation(np.arange(tokens) % masks)


def rows(store: TokenStore, language: str, evaluation: MatrixEvaluation) -> NDArray[np.int64]:
    """Rows of the evaluation sentences; CrosstalkError when there is none."""
    found = usable(store, evaluation.split)[: evaluation.sentences]
    if not len(found):
        raise CrosstalkError(
            f"{language}: no sentence to evaluate on; expected some in split {evaluation.split!r} "
            "(matrix.evaluation.split) of its corpus"
        )
    return found


def views(store: TokenStore, language: str, vocabulary: Vocabulary, settings: Matrix) -> list[tuple[int, Sentences]]:
    """Every sentence under every mask that covers a token of it, and the sentence's number."""
    found = []
    for number, row in enumerate(rows(store, language, settings.evaluation).tolist()):
        ids = sentence(store, row, settings.training.max_length)
        fold = folds(language, int(store.sentences[row]), len(ids) - 2, settings.evaluation.masks)
        for chosen in range(min(settings.evaluation.masks, len(fold))):
            positions = np.flatnonzero(fold == chosen) + 1
            masked = ids.copy()
            masked[positions] = vocabulary.mask
            found.append((number, Sentences(masked, np.array([len(ids)]), positions, ids[positions])))
    return found


class Evaluation:
    """The evaluation sentences of one language, masked and packed once for all runs."""

    def __init__(
        self,
        store: TokenStore,
        language: str,
        vocabulary: Vocabulary,
        settings: Matrix,
        device: torch.device | str = "cpu",
    ) -> None:
        numbers, each = zip(*views(store, language, vocabulary, settings), strict=True)
        lengths = np.array([len(view.ids) for view in each])
        self._batches: list[Packed] = []
        sentences = []
        for members in by_length(lengths, _BATCH_TOKENS, np.arange(len(each))):
            self._batches.append(pack([[each[row] for row in members]], device))
            sentences += [np.full(len(each[row].labels), numbers[row]) for row in members]
        self._sentences = np.concatenate(sentences)

    def guessed(self, frequencies: Float[np.ndarray, " vocabulary"]) -> float:
        """Nats per token of guessing each token by its frequency."""
        labels = torch.cat([batch.labels[0] for batch in self._batches]).cpu().numpy()
        return float(-np.log(frequencies[labels]).mean())

    @torch.no_grad()
    def __call__(
        self, encoders: Encoders, precision: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> Losses:
        """Losses of a single run's encoder, in nats."""
        words, bias = encoders.values["words"][0], encoders.values["bias"][0]
        nats: list[Tensor] = []
        for batch in self._batches:
            with precision():
                hidden, _ = encoders(encoders.embed(batch), batch)
            nats.append(token_losses(hidden[0], words, bias, batch.labels[0]))
        sums = np.bincount(self._sentences, torch.cat(nats).double().cpu().numpy())
        return Losses(sums.astype(np.float64), np.bincount(self._sentences).astype(np.int64))
