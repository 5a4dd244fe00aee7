"""All test directions of a benchmark with one model, each source language under its own filter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext

import numpy as np
import pandas as pd
import pyarrow as pa

from crosstalk.artefacts import HYPOTHESES
from crosstalk.config.nrd import Decode
from crosstalk.config.root import Speed
from crosstalk.decode.engines import searching
from crosstalk.decode.filtered import Mask
from crosstalk.models.named import BartForConditionalGeneration
from crosstalk.models.variants import Variants
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


Keys = Callable[[str, str], tuple[str, str] | None]
"""Source and target language -> variants of the model whose encoder and decoder translate; None for none."""


def translate(
    model: BartForConditionalGeneration,
    vocabulary: Vocabulary,
    tests: pd.DataFrame,
    masks: Mapping[str, Mask],
    settings: Decode,
    speed: Speed,
    max_length: int,
    tag_on_source: bool,
    variants: Variants | None = None,
    keys: Keys | None = None,
) -> pa.Table:
    """HYPOTHESES rows for ``tests`` (split, src, tgt, sentence_id, source, reference).

    Directions that share a mask, that of their source language, and ``keys`` of ``variants`` are translated together;
    those without keys are left out. Sources longer than ``max_length`` tokens are cut.
    """
    languages = tests[["src", "tgt"]].drop_duplicates().itertuples(index=False, name=None)
    groups: dict[tuple[str, tuple[str, str] | None], list[tuple[str, str]]] = {}
    for direction in sorted(languages):
        found = keys(*direction) if keys else None
        if found or keys is None:
            groups.setdefault((direction[0], found), []).append(direction)
    by_direction = tests.groupby(["src", "tgt"], sort=False)
    parts = []
    for (language, chosen), directions in groups.items():
        rows = pd.concat([by_direction.get_group(direction) for direction in directions])
        encoded = vocabulary.encode(rows["source"].tolist())
        sources, starts = inputs(vocabulary, encoded, rows["tgt"].tolist(), max_length, tag_on_source)
        with (
            variants.applied(*chosen) if variants and chosen else nullcontext(),
            searching(model, vocabulary, masks.get(language, {}), settings, speed) as search,
        ):
            name = f"from {language}" if chosen is None else f"{language}-{'/'.join(t for _, t in directions)}"
            output = search(sources, starts, name)
        parts.append(rows.assign(hypothesis=vocabulary.decode(output)))
    return pa.Table.from_pandas(pd.concat(parts)[HYPOTHESES.names], schema=HYPOTHESES, preserve_index=False)
