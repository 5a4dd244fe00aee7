"""All test directions of a benchmark with one model, each source language under its own filter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
from transformers import PreTrainedModel

from crosstalk.artefacts import HYPOTHESES
from crosstalk.config.nrd import Decode
from crosstalk.decode.filtered import Mask, folded
from crosstalk.decode.search import beam_search
from crosstalk.tokens.vocabulary import EOS, Vocabulary


def translate(
    model: PreTrainedModel,
    vocabulary: Vocabulary,
    tests: pd.DataFrame,
    masks: Mapping[str, Mask],
    settings: Decode,
    batch: int,
    max_length: int,
    tag_on_source: bool,
) -> pa.Table:
    """HYPOTHESES rows for ``tests`` (split, src, tgt, sentence_id, source, reference).

    All directions of a source language share a mask, so they are translated together. Sources longer than
    ``max_length`` tokens are cut.
    """
    model.eval()
    parts = []
    for language, rows in tests.groupby("src", sort=True):
        tags = [vocabulary.tags[target] for target in rows["tgt"]]
        encoded = vocabulary.encode(rows["source"].tolist())
        heads: Iterable[list[int]] = ([tag] if tag_on_source else [] for tag in tags)
        sources = [
            np.array([*head, *ids[: max_length - 2], EOS], np.int32) for head, ids in zip(heads, encoded, strict=True)
        ]
        starts = [EOS] * len(tags) if tag_on_source else tags
        with folded(model, masks.get(str(language), {})):
            output = beam_search(model, sources, starts, settings, batch, f"from {language}")
        parts.append(rows.assign(hypothesis=vocabulary.decode(output)))
    return pa.Table.from_pandas(pd.concat(parts)[HYPOTHESES.names], schema=HYPOTHESES, preserve_index=False)
