"""Sentences that all languages have."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from crosstalk.errors import CrosstalkError


def parallel(tables: Mapping[str, pa.Table], split: str, most: int) -> dict[str, list[str]]:
    """Up to ``most`` sentences of a split, the same in every language and in the same order.

    ``tables``: SENTENCES by language. Raises CrosstalkError when no sentence is in all of them.
    """
    texts = {}
    for language, table in tables.items():
        rows = table.filter(pc.equal(table["split"], split))
        texts[language] = dict(zip(rows["sentence_id"].to_pylist(), rows["text"].to_pylist(), strict=True))
    shared = sorted(set.intersection(*(set(mine) for mine in texts.values())))[:most]
    if not shared:
        smallest = min(texts, key=lambda language: len(texts[language]))
        raise CrosstalkError(
            f"split {split!r}: no sentence is in all languages ({smallest} has {len(texts[smallest])}); expected a "
            "multi-parallel split"
        )
    return {language: [mine[name] for name in shared] for language, mine in texts.items()}
