from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crosstalk.config.data import Benchmark
from crosstalk.corpora.build import PAIRS, assemble, build, count_pairs, pairs_with_pivot, tier
from crosstalk.errors import CrosstalkError

Make = Callable[..., Benchmark]
Table = Callable[..., pa.Table]
THREE = ["eng_Latn", "deu_Latn", "fra_Latn"]


def aligned(source: str, split: str, count: int, *languages: str) -> list[tuple[str, str, str, str]]:
    """Sentences that say nothing twice, translated into each of the languages."""
    return [
        (f"{source}:{split}.{n}", code, split, f"{source} {split} {n} in {code}")
        for n in range(count)
        for code in languages
    ]


def test_pairs_are_counted_in_both_directions_and_by_split(make_table: Table) -> None:
    table = make_table(
        *aligned("a", "train", 3, *THREE),
        *aligned("b", "train", 2, "eng_Latn", "deu_Latn"),
        *aligned("c", "test", 1, "deu_Latn", "fra_Latn"),
        *aligned("d", "test", 4, "eng_Latn"),
    )
    pairs = count_pairs(table)
    assert pairs.schema.equals(PAIRS)
    found = {(row["src"], row["tgt"], row["split"]): row["count"] for row in pairs.to_pylist()}
    one_way = {
        ("deu_Latn", "eng_Latn", "train"): 5,
        ("eng_Latn", "fra_Latn", "train"): 3,
        ("deu_Latn", "fra_Latn", "train"): 3,
        ("deu_Latn", "fra_Latn", "test"): 1,
    }
    assert found == one_way | {(tgt, src, split): count for (src, tgt, split), count in one_way.items()}
    assert count_pairs(make_table()).num_rows == 0


@pytest.mark.parametrize(("count", "expected"), [(9, "high"), (8, "medium"), (3, "medium"), (2, "low")])
def test_tiers_start_at_their_thresholds(count: int, expected: str, make_benchmark: Make, make_table: Table) -> None:
    benchmark = make_benchmark(high_tier=9, medium_tier=3)
    rows = [*aligned("a", "train", count, "eng_Latn", "deu_Latn"), *aligned("a", "test", 20, "eng_Latn", "deu_Latn")]
    pairs = count_pairs(make_table(*rows))
    assert tier(pairs, "deu_Latn", benchmark) == expected
    assert pairs_with_pivot(pairs, "deu_Latn", "test", benchmark) == 20
    with pytest.raises(ValueError, match="pivot"):
        tier(pairs, "eng_Latn", benchmark)


def test_sources_are_cleaned_together(tmp_path: Path, make_benchmark: Make, make_table: Table) -> None:
    both = ("eng_Latn", "deu_Latn")
    train = make_table(*aligned("x", "train", 5, *both), *aligned("x", "dev", 1, *both))
    held_out = make_table(*aligned("x", "train", 1, *both), *aligned("x", "dev", 2, *both)).slice(2)
    leak = make_table(("0", "eng_Latn", "test", "X TRAIN 0 in eng_Latn!"), ("0", "deu_Latn", "test", "neu"))
    for name, table in (("train", train), ("held", held_out), ("leak", leak)):
        (tmp_path / name).mkdir()
        pq.write_table(table, tmp_path / name / "a.parquet")
    benchmark = make_benchmark(
        {"name": "train", "reader": "parquet", "path": "a.parquet"},
        {"name": "leak", "reader": "parquet", "path": "a.parquet"},
    )
    corpus = build(benchmark, lambda source: tmp_path / source.name)
    assert pairs_with_pivot(corpus.pairs, "deu_Latn", "train", benchmark) == 4
    reasons = {(row["source"], row["language"], row["reason"]): row["count"] for row in corpus.counts.to_pylist()}
    assert reasons["train", "eng_Latn", "in dev or test"] == reasons["train", "deu_Latn", "partner dropped"] == 1
    assert corpus.sentences.num_rows == 8 + 2 + 2


def test_one_training_sentence_is_enough(make_benchmark: Make, make_table: Table) -> None:
    both = ("eng_Latn", "deu_Latn")
    rows = [row for split in ("train", "dev", "test") for row in aligned("a", split, 1, *both)]
    benchmark = make_benchmark()
    corpus = assemble(benchmark, [make_table(*rows)])
    assert corpus.sentences.num_rows == 6
    assert tier(corpus.pairs, "deu_Latn", benchmark) == "low"


def test_a_language_may_lack_a_test_that_others_have(make_benchmark: Make, make_table: Table) -> None:
    rows = [row for split in ("train", "dev", "test") for row in aligned("a", split, 1, "eng_Latn", "deu_Latn")]
    rows += aligned("b", "train", 1, "eng_Latn", "fra_Latn")
    benchmark = make_benchmark(languages=THREE)
    corpus = assemble(benchmark, [make_table(*rows)])
    assert pairs_with_pivot(corpus.pairs, "fra_Latn", "test", benchmark) == 0


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (aligned("a", "train", 2, "eng_Latn"), r"'deu_Latn' has no sentence in any source \('s0', 's1'\)"),
        (aligned("a", "test", 2, "eng_Latn", "deu_Latn"), "'deu_Latn' has no training pair.*no training sentence"),
        (
            [("a:1", "eng_Latn", "train", "x"), ("a:1", "deu_Latn", "train", "\u2028")],
            r"'deu_Latn' has no training pair with 'eng_Latn' .*\(1 empty\)",
        ),
        (
            [*aligned("a", "train", 2, "eng_Latn", "deu_Latn"), *aligned("a", "test", 2, "eng_Latn", "deu_Latn")],
            "in the split 'dev' .*known: test, train",
        ),
        (
            [row for s in ("train", "dev", "tests") for row in aligned("a", s, 2, "eng_Latn", "deu_Latn")],
            "in the split 'test' .*did you mean 'tests'",
        ),
    ],
)
def test_what_cannot_be_trained_or_tested_is_refused(
    rows: list[tuple[str, str, str, str]], message: str, make_benchmark: Make, make_table: Table
) -> None:
    benchmark = make_benchmark({"reader": "flores200"}, {"reader": "nllb"})
    with pytest.raises(CrosstalkError, match=message) as caught:
        assemble(benchmark, [make_table(*rows)])
    assert "\n" not in str(caught.value)


def test_what_is_not_translated_needs_neither_dev_nor_pairs(make_benchmark: Make, make_table: Table) -> None:
    benchmark = make_benchmark({"reader": "flores200"}, {"reader": "nllb"})
    table = make_table(("a:1", "eng_Latn", "train", "x"), ("b:1", "deu_Latn", "train", "y"))
    assert len(assemble(benchmark, [table], translated=False).sentences) == 2
    with pytest.raises(CrosstalkError, match="'deu_Latn' has no sentence"):
        assemble(benchmark, [table.slice(0, 1)], translated=False)
