"""Which sentences are translated: supervised and zero-shot directions of a benchmark, the same for all methods."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from crosstalk.artefacts import HYPOTHESES
from crosstalk.config.data import Benchmark
from crosstalk.errors import CrosstalkError
from crosstalk.tokens.batches import generator
from crosstalk.tokens.bitexts import supervised, zero_shot
from crosstalk.tokens.store import sentence_key

TESTS = pa.schema([field for field in HYPOTHESES if field.name != "hypothesis"])


def testset(sentences: Mapping[str, pd.DataFrame], benchmark: Benchmark) -> pa.Table:
    """TESTS rows from each language's SENTENCES, at most ``test_sentences`` or ``zero_shot_sentences`` a direction.

    The sample follows a key of the sentence id, so directions that share sentences get the same ones.
    Raises CrosstalkError when a test split has no sentence in any supervised direction.
    """
    # Multiplied by an odd number, keys stay different and come in another order.
    odd = 2 * generator(benchmark.seed, "tests").integers(1 << 63, dtype=np.uint64) + np.uint64(1)
    parts: list[pd.DataFrame] = []
    for split in benchmark.tests:
        texts = {
            code: rows[rows["split"] == split].drop_duplicates("sentence_id").set_index("sentence_id")["text"]
            for code, rows in sentences.items()
        }
        groups = (
            (supervised(benchmark.languages, benchmark.pivot), benchmark.test_sentences),
            (zero_shot(benchmark.languages, benchmark.pivot), benchmark.zero_shot_sentences),
        )
        found = len(parts)
        for directions, most in groups:
            for src, tgt in directions:
                rows = pd.concat({"source": texts[src], "reference": texts[tgt]}, axis=1, join="inner").reset_index()
                key = sentence_key(rows["sentence_id"].to_numpy(dtype=object)) * odd
                rows = rows.iloc[key.argsort(kind="stable")[:most]].sort_values("sentence_id")
                if len(rows):
                    parts.append(rows.assign(split=split, src=src, tgt=tgt))
        if len(parts) == found:
            raise CrosstalkError(
                f"tests: split {split!r} has no aligned sentences; expected some with {benchmark.pivot}"
            )
    return pa.Table.from_pandas(pd.concat(parts)[TESTS.names], schema=TESTS, preserve_index=False)
