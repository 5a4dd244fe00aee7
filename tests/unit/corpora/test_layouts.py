"""Corpora in the layouts they are published in."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from crosstalk import corpora
from crosstalk.artefacts import SENTENCES
from crosstalk.config.data import Benchmark
from crosstalk.corpora.languages import opus100_table
from crosstalk.errors import CrosstalkError

Make = Callable[..., Benchmark]
FOUR = ["eng_Latn", "deu_Latn", "fra_Latn", "hye_Armn"]


def names(benchmark: Benchmark, root: Path = Path("/data")) -> list[str]:
    return [path.relative_to(root).as_posix() for path in corpora.files(benchmark.sources[0], benchmark, root)]


def write_all(benchmark: Benchmark, root: Path) -> pa.Table:
    """Write every file that the source expects, two lines each that name the file, and read them."""
    for path in corpora.files(benchmark.sources[0], benchmark, root):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{path.name} 1\n{path.name} 2\n")
    return corpora.read(benchmark.sources[0], benchmark, root)


def test_opus100_files_are_those_of_its_archive(make_benchmark: Make) -> None:
    supervised, zero_shot = "opus-100-corpus/v1.0/supervised", "opus-100-corpus/v1.0/zero-shot"
    splits = ("train", "dev", "test")
    assert names(make_benchmark({"reader": "opus100"}, languages=FOUR)) == [
        *(f"{supervised}/de-en/opus.de-en-{split}.{code}" for split in splits for code in ("de", "en")),
        *(f"{supervised}/en-fr/opus.en-fr-{split}.{code}" for split in splits for code in ("en", "fr")),
        *(f"{supervised}/en-hy/opus.en-hy-train.{code}" for code in ("en", "hy")),  # Armenian has no dev and test
        *(f"{zero_shot}/de-fr/opus.de-fr-test.{code}" for code in ("de", "fr")),
    ]


def test_opus100_pairs_are_aligned(tmp_path: Path, make_benchmark: Make) -> None:
    table = write_all(make_benchmark({"reader": "opus100", "path": "v1"}, languages=FOUR), tmp_path)
    rows = {(row["sentence_id"], row["language"]): row["text"] for row in table.to_pylist()}
    assert rows["s0:train.deu_Latn-eng_Latn.2", "eng_Latn"] == "opus.de-en-train.en 2"
    assert rows["s0:test.deu_Latn-fra_Latn.1", "fra_Latn"] == "opus.de-fr-test.fr 1"
    assert (tmp_path / "v1/supervised/de-en").is_dir()


def test_opus100_has_99_pairs_with_english_of_which_94_are_tested(make_benchmark: Make) -> None:
    table = opus100_table()
    assert len(table) == len({code for code, _ in table.values()}) == 100
    found = names(make_benchmark({"reader": "opus100"}, languages=list(table)))
    supervised = [name for name in found if "/supervised/" in name]
    assert sum("-train." in name for name in supervised) == 2 * 99
    assert sum("-test." in name for name in supervised) == 2 * 94
    assert sum("/zero-shot/" in name for name in found) == 2 * 15


def test_a_language_that_opus100_lacks_is_named(make_benchmark: Make) -> None:
    with pytest.raises(CrosstalkError, match="no opus100 code is known for 'swh_Latn'; name one under codes"):
        names(make_benchmark({"reader": "opus100"}, languages=["eng_Latn", "swh_Latn"]))
    found = names(
        make_benchmark({"reader": "opus100", "codes": {"hbs_Latn": "xx"}}, languages=["eng_Latn", "hbs_Latn"])
    )
    assert found[0].endswith("supervised/en-xx/opus.en-xx-train.en")


def test_wmt10_files_are_those_of_multilingual_fairseq(tmp_path: Path, make_benchmark: Make) -> None:
    benchmark = make_benchmark({"reader": "wmt10", "path": "wmt10"})
    assert names(benchmark) == [
        f"wmt10/{split}.en-de.{code}" for split in ("train", "valid", "test") for code in ("en", "de")
    ]
    table = write_all(benchmark, tmp_path)
    assert table["split"].unique().to_pylist() == ["train", "dev", "test"]
    swapped = {"reader": "wmt10", "pairs": [("deu_Latn", "eng_Latn")], "splits": {"test": "newstest"}}
    assert names(make_benchmark(swapped)) == ["newstest.de-en.de", "newstest.de-en.en"]


def test_flores200_is_multi_parallel(tmp_path: Path, make_benchmark: Make) -> None:
    benchmark = make_benchmark({"reader": "flores200"})
    assert names(benchmark) == [
        "flores200_dataset/dev/eng_Latn.dev",
        "flores200_dataset/dev/deu_Latn.dev",
        "flores200_dataset/devtest/eng_Latn.devtest",
        "flores200_dataset/devtest/deu_Latn.devtest",
    ]
    rows = write_all(benchmark, tmp_path).to_pylist()
    assert [row["language"] for row in rows if row["sentence_id"] == "s0:test.2"] == ["eng_Latn", "deu_Latn"]
    only_test = make_benchmark({"reader": "flores200", "splits": {"flores": "devtest"}})
    assert {row["split"] for row in write_all(only_test, tmp_path).to_pylist()} == {"flores"}


def test_nllb_reads_sentences_above_a_score(tmp_path: Path, make_benchmark: Make) -> None:
    rest = "0.9\t0.9\tcrawl-data/CC\thttp://a\tcrawl-data/CC\thttp://b"
    lines = [f'"eins\tone\t1.2\t{rest}', f"zwei\ttwo\t1.05\t{rest}", f"drei\tthree\t\t{rest}", "vier\tfour\t1.06"]
    (tmp_path / "deu_Latn-eng_Latn.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    benchmark = make_benchmark({"reader": "nllb"})
    assert corpora.read(benchmark.sources[0], benchmark, tmp_path).num_rows == 8
    benchmark = make_benchmark({"reader": "nllb", "min_score": 1.06})
    assert [tuple(row.values()) for row in corpora.read(benchmark.sources[0], benchmark, tmp_path).to_pylist()] == [
        ("s0:deu_Latn-eng_Latn.1", "deu_Latn", "train", '"eins'),
        ("s0:deu_Latn-eng_Latn.4", "deu_Latn", "train", "vier"),
        ("s0:deu_Latn-eng_Latn.1", "eng_Latn", "train", "one"),
        ("s0:deu_Latn-eng_Latn.4", "eng_Latn", "train", "four"),
    ]


@pytest.mark.parametrize(
    ("line", "message"), [("alone", ":2: fewer than 3 columns"), ("a\tb\tgood", "a LASER score is not a number")]
)
def test_nllb_names_what_is_no_mined_pair(line: str, message: str, tmp_path: Path, make_benchmark: Make) -> None:
    (tmp_path / "deu_Latn-eng_Latn.gz").write_bytes(gzip.compress(f"a\tb\t1.1\n{line}\n".encode()))
    benchmark = make_benchmark({"reader": "nllb", "min_score": 1.0})
    with pytest.raises(CrosstalkError, match=message):
        corpora.read(benchmark.sources[0], benchmark, tmp_path)


def test_the_world_is_a_parquet_file_in_the_internal_form(
    tmp_path: Path, make_benchmark: Make, make_table: Callable[..., pa.Table]
) -> None:
    table = make_table(
        ("7", "eng_Latn", "train", "a"), ("7", "deu_Latn", "train", "b"), ("7", "qaa_Latn", "train", "c")
    )
    pq.write_table(table, tmp_path / "world.parquet")
    benchmark = make_benchmark({"reader": "world", "path": "world.parquet"})
    read = corpora.read(benchmark.sources[0], benchmark, tmp_path)
    assert read.schema.equals(SENTENCES)
    assert read.to_pylist() == [
        {"sentence_id": "s0:7", "language": "eng_Latn", "split": "train", "text": "a"},
        {"sentence_id": "s0:7", "language": "deu_Latn", "split": "train", "text": "b"},
    ]
    benchmark = make_benchmark({"reader": "world"})
    assert corpora.files(benchmark.sources[0], benchmark, tmp_path / "world.parquet") == [tmp_path / "world.parquet"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"reader": "flores200", "split": "test"}, "reader flores200 takes no split"),
        ({"reader": "aligned", "columns": {"text": "x"}}, "reader aligned takes no columns"),
        ({"reader": "tsv", "min_score": 1.0}, "reader tsv takes no min_score"),
        ({"reader": "tsv", "split": "train", "splits": {"train": "train"}}, "split and splits exclude each other"),
        ({"reader": "nllb", "languages": ["fra_Latn"]}, "names 'fra_Latn', which is not among languages"),
        ({"reader": "nllb", "download": {"../x": {"url": "http://x", "sha256": "0" * 64}}}, "should match pattern"),
        ({"reader": "nllb", "download": {"x": {"url": "file:///etc", "sha256": "0" * 64}}}, "should match pattern"),
    ],
)
def test_settings_that_do_not_fit_the_reader_are_refused(
    source: dict[str, object], message: str, make_benchmark: Make
) -> None:
    with pytest.raises(ValidationError, match=message):
        make_benchmark(source)


def test_two_sources_of_one_name_are_refused(make_benchmark: Make) -> None:
    with pytest.raises(ValidationError, match="two sources are named 'a'"):
        make_benchmark({"reader": "nllb", "name": "a"}, {"reader": "flores200", "name": "a"})
