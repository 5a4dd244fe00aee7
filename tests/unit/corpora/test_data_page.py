"""The examples of docs/data.md are configurations that work."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from crosstalk import corpora
from crosstalk.config.data import Benchmark, Source
from crosstalk.corpora.clean import REASONS

PAGE = Path(__file__).parents[3] / "docs" / "data.md"
EXAMPLES = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)]
SOURCES = [example for example in EXAMPLES if "reader" in example]
FILES = {
    "europarl": "europarl/train.de-en.de.gz",
    "talks": "talks/eng_Latn-deu_Latn.eng_Latn",
    "bulletin": "bulletin/train/eng_Latn.txt",
    "web": "web/deu_Latn-eng_Latn.tsv",
    "bible": "bible/eng_Latn.parquet",
    "opus100": "opus-100-corpus/v1.0/supervised/de-en/opus.de-en-train.de",
    "wmt10": "wmt10/train.en-de.en",
    "flores": "flores200_dataset/devtest/eng_Latn.devtest",
    "nllb": "nllb/deu_Latn-eng_Latn.gz",
}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source["name"])
def test_an_example_names_the_files_that_the_page_means(
    source: dict[str, Any], make_benchmark: Callable[..., Benchmark], tmp_path: Path
) -> None:
    benchmark = make_benchmark(source, languages=["eng_Latn", "deu_Latn", "fra_Latn"])
    found = [path.relative_to(tmp_path).as_posix() for path in corpora.files(benchmark.sources[0], benchmark, tmp_path)]
    assert FILES.get(source["name"], source.get("path", ".")) in found


def test_every_reader_has_an_example() -> None:
    assert {source["reader"] for source in SOURCES} == {*get_args(Source.model_fields["reader"].annotation)}


def test_the_first_example_is_a_benchmark() -> None:
    benchmark = Benchmark.model_validate(EXAMPLES[0]["benchmarks"]["own"])
    found = {path.as_posix() for path in corpora.files(benchmark.sources[0], benchmark, Path("/data/mt"))}
    assert len(found) == 12
    assert {"/data/mt/news/de-en/train.de", "/data/mt/news/en-fr/test.fr"} <= found


def test_every_reason_is_explained() -> None:
    explained = re.findall(r"^\| `([a-z ]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert {*REASONS} - {"kept"} <= {*explained}
