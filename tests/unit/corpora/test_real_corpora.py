"""Four real corpora become one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from crosstalk.config.data import Benchmark
from crosstalk.corpora.build import build, pairs_with_pivot, tier

SOURCES = [
    {"reader": "parquet", "path": "bible/{language}.parquet", "columns": {"sentence_id": "verse_id"}},
    {
        "reader": "parquet",
        "form": "pairs",
        "path": "tatoeba/tatoeba_pairs.parquet",
        "split": "train",
        "max_sentences": 1000,
    },
    {"reader": "parquet", "path": "ntrex/ntrex.parquet", "columns": {"sentence_id": "segment_id"}, "split": "ntrex"},
    {
        "reader": "parquet",
        "path": "flores/flores200_devtest.parquet",
        "columns": {"sentence_id": "segment_id"},
        "split": "flores",
    },
]


def test_four_corpora_become_one(real_data: Path, make_benchmark: Callable[..., Benchmark]) -> None:
    languages = ["eng_Latn", "deu_Latn", "fin_Latn", "hin_Deva"]
    settings = {"languages": languages, "tests": ["test", "ntrex", "flores"], "medium_tier": 20_000}
    benchmark = make_benchmark(*SOURCES, **settings)
    corpus = build(benchmark, lambda source: real_data)
    for language in languages[1:]:
        assert pairs_with_pivot(corpus.pairs, language, "flores", benchmark) == 1012
        assert pairs_with_pivot(corpus.pairs, language, "ntrex", benchmark) == 1997
    assert [tier(corpus.pairs, language, benchmark) for language in languages[1:]] == ["medium", "low", "medium"]
    assert 0 < pairs_with_pivot(corpus.pairs, "fin_Latn", "train", benchmark) <= 6503 + 1000
