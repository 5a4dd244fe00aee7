"""Semantic equivalence sets by round trips with nucleus sampling (NRD §4.4.1, METHODS §1, 14)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from transformers import PreTrainedModel

from crosstalk.artefacts import SETS
from crosstalk.config.nrd import Decode, Sets
from crosstalk.decode.search import sample
from crosstalk.neurons.sets import overlap
from crosstalk.tokens.batches import generator
from crosstalk.tokens.vocabulary import EOS, Vocabulary

_BATCH = 128
"""Sentences sampled at once: part of what fixes a sample, so not a setting of speed."""


class Translator:
    """Samples translations of token rows with tags where the model expects them."""

    def __init__(
        self,
        model: PreTrainedModel,
        vocabulary: Vocabulary,
        tag_on_source: bool,
        sets: Sets,
        limits: Decode,
    ) -> None:
        self._model, self._vocabulary, self._tag_on_source = model, vocabulary, tag_on_source
        self._sets, self._limits = sets, limits

    def sample(self, rows: Sequence[list[int]], targets: Sequence[str], seed: tuple[object, ...]) -> list[list[int]]:
        """One sampled translation of each row into its target language."""
        tags = [self._vocabulary.tags[target] for target in targets]
        # A sampled text can be as long as the model allows; with tag and end it must still fit as a source.
        room = self._model.config.max_position_embeddings - 2
        heads = [[tag] if self._tag_on_source else [] for tag in tags]
        sources = [np.array([*head, *row[:room], EOS], np.int32) for head, row in zip(heads, rows, strict=True)]
        starts = [EOS] * len(tags) if self._tag_on_source else tags
        return sample(self._model, sources, starts, self._sets, self._limits, _BATCH, seed)


def round_trips(
    translator: Translator,
    vocabulary: Vocabulary,
    language: str,
    pivots: Sequence[str],
    sentence_ids: Sequence[str],
    texts: Sequence[str],
    settings: Sets,
    seed: int,
) -> pa.Table:
    """SETS rows: each sentence and up to k - 1 paraphrases language -> pivot -> language.

    Several ``pivots`` are drawn from for each trip. An exact copy of the source is drawn again, then dropped; a
    sentence left with no paraphrase makes no set.
    """
    sources = vocabulary.encode(list(texts))
    plain = vocabulary.decode(sources)
    members: dict[int, list[str]] = {i: [] for i in range(len(texts))}
    pending = [i for i in range(len(texts)) if sources[i] for _ in range(settings.k - 1)]
    for attempt in range(settings.retries + 1):
        draw = generator(seed, "pivot", language, attempt)
        through = [pivots[i] for i in draw.integers(len(pivots), size=len(pending))]
        there = translator.sample([sources[i] for i in pending], through, (language, "out", seed, attempt))
        back = translator.sample(there, [language] * len(pending), (language, "back", seed, attempt))
        copies = []
        for i, text in zip(pending, vocabulary.decode(back), strict=True):
            if text in ("", plain[i]):
                copies.append(i)
            else:
                members[i].append(text)
        pending = copies
        if not pending:
            break
    rows = []
    for i, paraphrases in members.items():
        if paraphrases:
            for member, text in enumerate([plain[i], *paraphrases]):
                rows.append((sentence_ids[i], language, member, text, overlap(plain[i], text)))
    columns = zip(*rows, strict=True) if rows else [[] for _ in SETS.names]
    return pa.table({name: list(column) for name, column in zip(SETS.names, columns, strict=True)}).cast(SETS)
