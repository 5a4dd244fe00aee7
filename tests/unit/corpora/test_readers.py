"""The general formats: aligned, tsv, parquet."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from crosstalk import corpora
from crosstalk.config.data import Benchmark
from crosstalk.corpora.clean import clean, normalise
from crosstalk.errors import CrosstalkError

Make = Callable[..., Benchmark]
ALIGNED = {"reader": "aligned", "path": "{src}-{tgt}/{split}.{language}", "codes": {"eng_Latn": "en", "deu_Latn": "de"}}
line = st.text(st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\n\r\t"), max_size=20)
pairs = st.lists(st.tuples(line, line), min_size=1, max_size=20)

PACK: dict[str, Callable[[bytes], bytes]] = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}


def read(benchmark: Benchmark, root: Path) -> list[tuple[str, str, str, str]]:
    table = corpora.read(benchmark.sources[0], benchmark, root)
    return [tuple(row.values()) for row in table.to_pylist()]


def write_pair(root: Path, split: str, english: str, german: str) -> None:
    (root / "de-en").mkdir(exist_ok=True)
    (root / "de-en" / f"{split}.en").write_text(english)
    (root / "de-en" / f"{split}.de").write_text(german)


def tidy(texts: list[str]) -> list[str]:
    return normalise(pa.chunked_array([texts], pa.string())).to_pylist()


def survivors(written: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Pairs that cleaning keeps: both sides say something, and the pair did not occur before."""
    tidied = zip(*(tidy(list(side)) for side in zip(*written, strict=True)), strict=True)
    return list(dict.fromkeys((a, b) for a, b in tidied if a and b))


def pairs_in(table: pa.Table) -> list[tuple[str, str]]:
    texts: dict[str, dict[str, str]] = {}
    for row in table.to_pylist():
        texts.setdefault(row["sentence_id"], {})[row["language"]] = row["text"]
    return [
        (texts[key]["eng_Latn"], texts[key]["deu_Latn"]) for key in sorted(texts, key=lambda k: int(k.split(".")[-1]))
    ]


@settings(deadline=None, max_examples=40)
@given(written=pairs, suffix=st.sampled_from(["", ".gz", ".zst"]))
def test_aligned_files_come_back_the_same(written: list[tuple[str, str]], suffix: str, make_benchmark: Make) -> None:
    source = {"reader": "aligned", "path": "{src}-{tgt}.{language}" + suffix, "split": "train"}
    benchmark = make_benchmark(source)
    with tempfile.TemporaryDirectory() as folder:
        for side, code in enumerate(("eng_Latn", "deu_Latn")):
            data = "".join(pair[side] + "\n" for pair in written).encode()
            (Path(folder) / f"deu_Latn-eng_Latn.{code}{suffix}").write_bytes(PACK[suffix](data))
        table = corpora.read(benchmark.sources[0], benchmark, Path(folder))
    assert table.num_rows == 2 * len(written)
    assert pairs_in(clean(table, benchmark)[0]) == survivors(written)


@settings(deadline=None, max_examples=40)
@given(written=pairs, header=st.booleans(), suffix=st.sampled_from(["", ".gz", ".zst"]))
def test_tsv_pairs_come_back_the_same(
    written: list[tuple[str, str]], header: bool, suffix: str, make_benchmark: Make
) -> None:
    columns = {"src": "English", "tgt": "German"} if header else {"src": "1", "tgt": "0"}
    source = {
        "reader": "tsv",
        "form": "pairs",
        "path": "{src}.{tgt}.tsv" + suffix,
        "split": "train",
        "columns": columns,
    }
    benchmark = make_benchmark({**source, "header": header, "pairs": [("eng_Latn", "deu_Latn")]})
    rows = (["German\tEnglish"] if header else []) + [f"{german}\t{english}" for english, german in written]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"eng_Latn.deu_Latn.tsv{suffix}"
        path.write_bytes(PACK[suffix]("\n".join(rows).encode()))
        table = corpora.read(benchmark.sources[0], benchmark, Path(folder))
    assert pairs_in(clean(table, benchmark)[0]) == survivors(written)


@settings(deadline=None, max_examples=40)
@given(written=pairs)
def test_parquet_sentences_come_back_the_same(written: list[tuple[str, str]], make_benchmark: Make) -> None:
    benchmark = make_benchmark(
        {"reader": "parquet", "path": "{language}.parquet", "split": "train", "columns": {"sentence_id": "id"}}
    )
    with tempfile.TemporaryDirectory() as folder:
        for side, code in enumerate(("eng_Latn", "deu_Latn")):
            texts = [pair[side] for pair in written]
            pq.write_table(pa.table({"id": range(len(texts)), "text": texts}), Path(folder) / f"{code}.parquet")
        table = corpora.read(benchmark.sources[0], benchmark, Path(folder))
    ids = [f"x.{row['sentence_id'].removeprefix('s0:')}" for row in table.to_pylist()]
    table = table.set_column(0, "sentence_id", pa.array(ids))
    assert pairs_in(clean(table, benchmark)[0]) == survivors(written)


def test_aligned_ids_name_split_pair_and_line(tmp_path: Path, make_benchmark: Make) -> None:
    write_pair(tmp_path, "train", "one\ntwo\n", "eins\nzwei\n")
    write_pair(tmp_path, "valid", "three\n", "drei\n")
    benchmark = make_benchmark(ALIGNED | {"splits": {"train": "train", "dev": "valid"}})
    assert read(benchmark, tmp_path) == [
        ("s0:train.deu_Latn-eng_Latn.1", "deu_Latn", "train", "eins"),
        ("s0:train.deu_Latn-eng_Latn.2", "deu_Latn", "train", "zwei"),
        ("s0:train.deu_Latn-eng_Latn.1", "eng_Latn", "train", "one"),
        ("s0:train.deu_Latn-eng_Latn.2", "eng_Latn", "train", "two"),
        ("s0:dev.deu_Latn-eng_Latn.1", "deu_Latn", "dev", "drei"),
        ("s0:dev.deu_Latn-eng_Latn.1", "eng_Latn", "dev", "three"),
    ]


def test_files_are_known_before_they_exist(tmp_path: Path, make_benchmark: Make) -> None:
    benchmark = make_benchmark(ALIGNED | {"splits": {"dev": "valid"}})
    found = corpora.files(benchmark.sources[0], benchmark, tmp_path / "nowhere")
    assert [path.relative_to(tmp_path / "nowhere").as_posix() for path in found] == ["de-en/valid.de", "de-en/valid.en"]


def test_one_aligned_file_a_language_is_multi_parallel(tmp_path: Path, make_benchmark: Make) -> None:
    for code in ("eng_Latn", "deu_Latn", "fra_Latn"):
        (tmp_path / f"{code}.txt").write_text(f"{code} 1\n{code} 2\n")
    source = {"reader": "aligned", "path": "{language}.txt", "split": "train"}
    rows = read(make_benchmark(source, languages=["eng_Latn", "deu_Latn", "fra_Latn"]), tmp_path)
    assert [row[:2] for row in rows if row[0] == "s0:train.2"] == [
        ("s0:train.2", code) for code in ("eng_Latn", "deu_Latn", "fra_Latn")
    ]


def test_misaligned_files_are_refused_with_both_counts(tmp_path: Path, make_benchmark: Make) -> None:
    write_pair(tmp_path, "train", "one\ntwo\n", "eins\nzwei\ndrei\n")
    benchmark = make_benchmark(ALIGNED | {"splits": {"train": "train"}})
    with pytest.raises(CrosstalkError, match=r"train\.de has 3 lines and .*train\.en has 2; aligned files") as caught:
        read(benchmark, tmp_path)
    assert "\n" not in str(caught.value)


def test_an_empty_line_drops_its_pair_and_is_counted(tmp_path: Path, make_benchmark: Make) -> None:
    write_pair(tmp_path, "train", "one\n\nthree\n", "eins\nzwei\n" + "x" * 100_000 + "\n")
    benchmark = make_benchmark(ALIGNED | {"splits": {"train": "train"}})
    kept, counts = clean(corpora.read(benchmark.sources[0], benchmark, tmp_path), benchmark)
    assert pairs_in(kept) == [("one", "eins")]
    found = {(row["language"], row["reason"]): row["count"] for row in counts.to_pylist()}
    assert found[("eng_Latn", "empty")] == found[("deu_Latn", "too long")] == 1
    assert found[("deu_Latn", "partner dropped")] == found[("eng_Latn", "partner dropped")] == 1


def test_quotes_are_plain_characters_and_blank_lines_are_left_out(tmp_path: Path, make_benchmark: Make) -> None:
    text = 'sentence_id\tlanguage\tsplit\ttext\n1\teng_Latn\ttrain\t"open\n\n1\tdeu_Latn\ttrain\tsay ""\\"\n\n'
    (tmp_path / "a.tsv").write_text(text)
    assert read(make_benchmark({"reader": "tsv", "path": "a.tsv"}), tmp_path) == [
        ("s0:1", "eng_Latn", "train", '"open'),
        ("s0:1", "deu_Latn", "train", 'say ""\\"'),
    ]


def test_tsv_with_another_number_of_columns_names_the_line(tmp_path: Path, make_benchmark: Make) -> None:
    (tmp_path / "a.tsv").write_text("a\tb\n\nc\td\ne\n")
    source = {"reader": "tsv", "path": "a.tsv", "form": "pairs", "header": False}
    benchmark = make_benchmark(source | {"columns": {"src": "0", "tgt": "1"}, "split": "train"})
    with pytest.raises(CrosstalkError, match=r"a\.tsv:4: 1 columns; expected 2, as in line 1"):
        read(benchmark, tmp_path)


@pytest.mark.parametrize(
    ("columns", "header", "message"),
    [
        ({"src": "English", "tgt": "deutch"}, True, r"column 'deutch' is missing.*did you mean 'deutsch'"),
        ({"src": "english", "tgt": "2"}, False, r"columns\.src is 'english'; .* position from 0 to 3"),
        ({"src": "0", "tgt": "9"}, False, r"columns\.tgt is '9'; .* position from 0 to 3"),
        ({"scr": "English"}, True, r"columns names 'scr'.*did you mean 'src'"),
    ],
)
def test_columns_that_are_not_there(
    columns: dict[str, str], header: bool, message: str, tmp_path: Path, make_benchmark: Make
) -> None:
    (tmp_path / "a.tsv").write_text("src_lang\ttgt_lang\tEnglish\tdeutsch\n")
    base = {"src_lang": "0", "tgt_lang": "1"} if not header else {}
    source = {"reader": "tsv", "path": "a.tsv", "form": "pairs", "split": "train", "header": header}
    with pytest.raises(CrosstalkError, match=message):
        read(make_benchmark(source | {"columns": base | columns}), tmp_path)


def parquet(root: Path, **columns: list[Any]) -> dict[str, Any]:
    pq.write_table(pa.table(columns), root / "a.parquet")
    return {"reader": "parquet", "path": "a.parquet"}


def test_languages_and_splits_are_translated_and_others_left_out(tmp_path: Path, make_benchmark: Make) -> None:
    source = parquet(
        tmp_path,
        sentence_id=[1, 1, 2, 2],
        language=["en", "de", "en", "sv"],
        split=["train", "train", "validation", "extra"],
        text=["one", "eins", None, "tva"],
    )
    codes = {"eng_Latn": "en", "deu_Latn": "de"}
    benchmark = make_benchmark(source | {"codes": codes, "splits": {"dev": "validation", "train": "train"}})
    assert read(benchmark, tmp_path) == [
        ("s0:1", "eng_Latn", "train", "one"),
        ("s0:1", "deu_Latn", "train", "eins"),
        ("s0:2", "eng_Latn", "dev", ""),
    ]


def test_pairs_without_the_pivot_are_read_in_tests_only(tmp_path: Path, make_benchmark: Make) -> None:
    rows = [(a, b, s) for a, b in (("eng", "deu"), ("fra", "eng"), ("deu", "fra")) for s in ("train", "dev", "test")]
    source = parquet(
        tmp_path,
        src_lang=[f"{a}_Latn" for a, _, _ in rows],
        tgt_lang=[f"{b}_Latn" for _, b, _ in rows],
        split=[s for *_, s in rows],
        src=[f"{a} {s}" for a, _, s in rows],
        tgt=[f"{b} {s}" for _, b, s in rows],
    )
    three = ["eng_Latn", "deu_Latn", "fra_Latn"]
    benchmark = make_benchmark(source | {"form": "pairs"}, languages=three)
    kept = {row[0]: row[2] for row in read(benchmark, tmp_path)}
    assert sorted(kept) == [f"s0:{n}" for n in (1, 2, 3, 4, 5, 6, 9)]
    chosen = make_benchmark(source | {"form": "pairs", "pairs": [("fra_Latn", "deu_Latn")]}, languages=three)
    assert {row[0] for row in read(chosen, tmp_path)} == {"s0:7", "s0:8", "s0:9"}


def test_samples_are_the_same_ids_in_every_language_and_follow_the_seed(tmp_path: Path, make_benchmark: Make) -> None:
    count = 200
    source = parquet(
        tmp_path,
        sentence_id=[*range(count)] * 2,
        language=["eng_Latn"] * count + ["deu_Latn"] * count,
        split=(["train"] * (count - 5) + ["test"] * 5) * 2,
        text=["x"] * 2 * count,
    )
    drawn = []
    for seed in (1, 1, 2):
        rows = read(make_benchmark(source | {"max_sentences": 20}, seed=seed), tmp_path)
        ids = {code: {row[0] for row in rows if row[1:3] == (code, "train")} for code in ("eng_Latn", "deu_Latn")}
        assert ids["eng_Latn"] == ids["deu_Latn"]
        assert len(ids["eng_Latn"]) == 20
        assert sum(row[2] == "test" for row in rows) == 10
        drawn.append(ids["eng_Latn"])
    assert drawn[0] == drawn[1] != drawn[2]


def test_pairs_are_sampled_each_by_itself(tmp_path: Path, make_benchmark: Make) -> None:
    source = parquet(
        tmp_path,
        src_lang=["eng_Latn"] * 50,
        tgt_lang=["deu_Latn"] * 40 + ["fra_Latn"] * 10,
        src=["x"] * 50,
        tgt=["y"] * 50,
    )
    benchmark = make_benchmark(
        source | {"form": "pairs", "split": "train", "max_sentences": 15},
        languages=["eng_Latn", "deu_Latn", "fra_Latn"],
    )
    languages = [row[1] for row in read(benchmark, tmp_path)]
    assert (languages.count("deu_Latn"), languages.count("fra_Latn"), languages.count("eng_Latn")) == (15, 10, 25)


def test_an_id_in_two_splits_is_refused(tmp_path: Path, make_benchmark: Make) -> None:
    source = parquet(
        tmp_path,
        sentence_id=["a", "b", "b"],
        language=["eng_Latn"] * 3,
        split=["train", "train", "test"],
        text=["x"] * 3,
    )
    with pytest.raises(CrosstalkError, match="sentence_id 'b' is in the splits 'train' and 'test'"):
        read(make_benchmark(source), tmp_path)


def test_a_split_in_the_path_sets_ids_apart(tmp_path: Path, make_benchmark: Make) -> None:
    for split in ("train", "dev"):
        pq.write_table(
            pa.table({"sentence_id": [0], "language": ["eng_Latn"], "text": [split]}), tmp_path / f"{split}.parquet"
        )
    source = {"reader": "parquet", "path": "{split}.parquet", "splits": {"train": "train", "dev": "dev"}}
    assert [row[0] for row in read(make_benchmark(source), tmp_path)] == ["s0:train.0", "s0:dev.0"]


def test_parquet_that_lacks_a_column_names_the_nearest(tmp_path: Path, make_benchmark: Make) -> None:
    source = parquet(tmp_path, sentence_id=[1], lang=["eng_Latn"], split=["train"], txt=["x"])
    with pytest.raises(CrosstalkError, match=r"a\.parquet: column 'text' is missing; did you mean 'txt'\?") as caught:
        read(make_benchmark(source | {"columns": {"language": "lang"}}), tmp_path)
    assert "\n" not in str(caught.value)


def test_parquet_of_another_type_or_with_holes_is_refused(tmp_path: Path, make_benchmark: Make) -> None:
    source = parquet(tmp_path, sentence_id=["1", None], language=["eng_Latn"] * 2, split=["train"] * 2, text=["x"] * 2)
    with pytest.raises(CrosstalkError, match="column 'sentence_id' is null in row 2"):
        read(make_benchmark(source), tmp_path)
    source = parquet(tmp_path, sentence_id=["1"], language=["eng_Latn"], split=["train"], text=[["x"]])
    with pytest.raises(CrosstalkError, match=r"column 'text' is list<.*, not text"):
        read(make_benchmark(source), tmp_path)


def test_truncated_parquet_is_refused(tmp_path: Path, make_benchmark: Make) -> None:
    source = parquet(tmp_path, sentence_id=["1"], language=["eng_Latn"], split=["train"], text=["x"])
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(whole[:-20])
    with pytest.raises(CrosstalkError, match=r"a\.parquet: not a readable Parquet file"):
        read(make_benchmark(source), tmp_path)


def test_a_missing_file_says_what_was_expected_and_where(tmp_path: Path, make_benchmark: Make) -> None:
    write_pair(tmp_path, "train", "one\n", "eins\n")
    with pytest.raises(
        CrosstalkError, match=r"dev\.de: no such file, nor 3 more of the 6 that source 's0' .*data_dir may be wrong"
    ):
        read(make_benchmark(ALIGNED), tmp_path)


def test_a_named_language_without_sentences_is_refused(tmp_path: Path, make_benchmark: Make) -> None:
    source = parquet(tmp_path, sentence_id=["1"], language=["eng_Latn"], split=["train"], text=["x"])
    with pytest.raises(CrosstalkError, match=r"source 's0' has no sentences of 'deu_Latn' in .*a\.parquet"):
        read(make_benchmark(source | {"languages": ["eng_Latn", "deu_Latn"]}), tmp_path)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"path": "{lang}.txt", "split": "train"}, r"unknown \{lang\}; did you mean 'language'"),
        ({"path": "{language.__class__}.txt", "split": "train"}, "unknown {language.__class__}"),
        ({"path": "{src}.{language}", "split": "train"}, "one of {src} and {tgt}; expected both"),
        ({"path": "a.txt", "split": "train"}, "lacks {language}"),
        ({"path": "{language}.txt"}, "has no {split}; name one under split"),
        ({"path": "{language}.{split}", "split": "train"}, "remove split"),
        ({"path": "{language", "split": "train"}, "is not a pattern"),
        ({"path": "{language}", "split": "train", "codes": {"deu_Latn": "eng_Latn"}}, "both have the code 'eng_Latn'"),
    ],
)
def test_a_path_that_means_nothing_is_refused(
    source: dict[str, Any], message: str, tmp_path: Path, make_benchmark: Make
) -> None:
    benchmark = make_benchmark({"reader": "aligned", **source})
    with pytest.raises(CrosstalkError, match=message):
        corpora.files(benchmark.sources[0], benchmark, tmp_path)
