"""All test directions of a benchmark with one model, each source language under its own filter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from transformers import BartForConditionalGeneration

from crosstalk.artefacts import HYPOTHESES
from crosstalk.config.nrd import Decode
from crosstalk.config.root import Speed
from crosstalk.decode.engines import searching
from crosstalk.decode.filtered import Mask
from crosstalk.tokens.vocabulary import EOS, Vocabulary


def inputs(
    vocabulary: Vocabulary, encoded: Iterable[list[int]], targets: Sequence[str], max_length: int, tag_on_source: bool
) -> tuple[list[np.ndarray], list[int]]:
    """Ids of each source with tag and end, cut to ``max_length`` tokens, and the decoder's first id for each."""
    tags = [vocabulary.tags[target] for target in targets]
    heads: Iterable[list[int]] = ([tag] if tag_on_source else [] for tag in tags)
    sources = [
        np.array([*head, *ids[: max_length - 2], EOS], np.int32) for head, ids in zip(heads, encoded, strict=True)
    ]
    return sources, [EOS] * len(tags) if tag_on_source else tags


def translate(
    model: BartForConditionalGeneration,
    vocabulary: Vocabulary,
    tests: pd.DataFrame,
    masks: Mapping[str, Mask],
    settings: Decode,
    speed: Speed,
    max_length: int,
    tag_on_source: bool,
) -> pa.Table:
    """HYPOTHESES rows for ``tests`` (split, src, tgt, sentence_id, source, reference).

    All directions of a source language share a mask, so they are translated together. Sources longer than
    ``max_length`` tokens are cut.
    """
    parts = []
    for language, rows in tests.groupby("src", sort=True):
        encoded = vocabulary.encode(rows["source"].tolist())
        sources, starts = inputs(vocabulary, encoded, rows["tgt"].tolist(), max_length, tag_on_source)
        with searching(model, vocabulary, masks.get(str(language), {}), settings, speed) as search:
            output = search(sources, starts, f"from {language}")
        parts.append(rows.assign(hypothesis=vocabulary.decode(output)))
    return pa.Table.from_pandas(pd.concat(parts)[HYPOTHESES.names], schema=HYPOTHESES, preserve_index=False)
