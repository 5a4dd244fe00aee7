"""Words that only the image resolves: how often a translation has the sense that was meant."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from crosstalk.score.metrics import Metric, ratio

Senses = Mapping[tuple[str, str], tuple[frozenset[str], frozenset[str]]]
"""(sentence id, language) -> words of the right sense and of the other one."""


def read_senses(table: pa.Table) -> Senses:
    """From a table in the schema SENSES."""
    return {
        (row["sentence_id"], row["language"]): (frozenset(row["right"]), frozenset(row["wrong"]))
        for row in table.to_pylist()
    }


def sense_metrics(senses: Senses, keys: list[tuple[str, str]]) -> list[Metric]:
    """``sense_accuracy``, the share with the right sense among hypotheses that have one of the two (1/2 by chance), and
    ``sense_decided``, the share of those; none without such words. ``keys``: sentence id and language of each row."""
    chosen = [senses.get(key) for key in keys]
    if not any(chosen):
        return []

    def decided(hypotheses: list[str]) -> np.ndarray:
        """Right, decided and ambiguous, 0 or 1, of each hypothesis."""
        rows = np.zeros((len(hypotheses), 3))
        for row, (text, pair) in enumerate(zip(hypotheses, chosen, strict=True)):
            if pair is not None:
                words = set(text.split())
                right, wrong = bool(words & pair[0]), bool(words & pair[1])
                rows[row] = right and not wrong, right != wrong, 1
        return rows

    signature = "senses:words"
    return [
        ratio("sense_accuracy", True, signature, lambda texts: decided(texts)[:, [0, 1]]),
        ratio("sense_decided", True, signature, lambda texts: decided(texts)[:, [1, 2]]),
    ]
