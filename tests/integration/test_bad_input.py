"""Wrong corpora through the workflow: one line that says what is wrong and where, and nothing half-written."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crosstalk.artefacts import SENTENCES, read_table
from tests.workflow.copies import Copy, problem

LANGUAGES = ["eng_Latn", "deu_Latn"]
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
PAIRS = "results/corpora/own/pairs.parquet"
ALIGNED = {"reader": "aligned", "path": "{split}.{language}"}
TABLE = {"reader": "parquet", "path": "corpus.parquet"}


def corpus(folder: Path, train: int = 20) -> None:
    """Line-aligned files with ``train`` sentences for training, 4 for dev and 4 for test."""
    folder.mkdir()
    for split, count in (("train", train), ("dev", 4), ("test", 4)):
        for language in LANGUAGES:
            texts = (f"{language[:3]} {split} {' '.join(WORDS[int(digit)] for digit in str(i))}" for i in range(count))
            (folder / f"{split}.{language}").write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")


def append(file: Path, line: bytes) -> None:
    file.write_bytes(file.read_bytes() + line + b"\n")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    corpus(folder)
    return folder


def own(source: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A configuration with one benchmark of two languages."""
    benchmark = {"languages": LANGUAGES, "pivot": "eng_Latn", "sources": [source], **more}
    return {"benchmarks": {"world": None, "own": benchmark}, "matrix": {"languages": None}}


def refused(copy: Copy, data: Path, rule: str, target: str, **changes: Any) -> str:
    """What the only failing job of a run says."""
    run = copy.run(target, data=data, **changes)
    assert run.returncode != 0, run.stdout
    assert "Traceback" not in run.stdout
    assert not (copy.folder / target).exists()
    assert not [file for file in (copy.folder / "results").rglob("*") if file.suffix in (".part", ".old")]
    return problem((copy.folder / f"results/logs/{rule}/own.log").read_text(encoding="utf-8"))


def no_data(data: Path) -> str:
    for split in ("train", "dev", "test"):
        (data / f"{split}.deu_Latn").write_text("")
        (data / f"{split}.eng_Latn").write_text("")
    return "source 'corpus' has no sentences"


def misaligned(data: Path) -> str:
    append(data / "train.deu_Latn", b"one too many")
    return f"{data}/train.eng_Latn has 20 lines and {data}/train.deu_Latn has 21"


def not_utf8(data: Path) -> str:
    append(data / "train.deu_Latn", "größer".encode("latin-1"))
    append(data / "train.eng_Latn", b"larger")
    return f"{data}/train.deu_Latn:21: not UTF-8"


def empty_split(data: Path) -> str:
    for language in LANGUAGES:
        (data / f"dev.{language}").write_text("")
    return "no language has a pair with 'eng_Latn' in the split 'dev'"


def only_too_long(data: Path) -> str:
    for language in LANGUAGES:
        (data / f"train.{language}").write_text("x" * 100_000 + "\n", encoding="utf-8")
    return "language 'deu_Latn' has no training pair with 'eng_Latn' in the sources 'corpus' after cleaning (1 too long"


@pytest.mark.parametrize("spoil", [no_data, misaligned, not_utf8, empty_split, only_too_long], ids=lambda f: f.__name__)
def test_wrong_files(fresh: Copy, data: Path, spoil: Callable[[Path], str]) -> None:
    expected = spoil(data)
    assert expected in refused(fresh, data, "corpora", PAIRS, **own(ALIGNED))


def test_a_language_without_data(fresh: Copy, data: Path) -> None:
    rows = [{"sentence_id": "1", "language": "eng_Latn", "split": "train", "text": "one"}]
    pq.write_table(pa.Table.from_pylist(rows, schema=SENTENCES), data / "corpus.parquet")
    assert "language 'deu_Latn' has no sentence in any source" in refused(fresh, data, "corpora", PAIRS, **own(TABLE))


def test_a_truncated_table(fresh: Copy, data: Path) -> None:
    rows = [{"sentence_id": "1", "language": "eng_Latn", "split": "train", "text": "one"}]
    file = data / "corpus.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=SENTENCES), file)
    file.write_bytes(file.read_bytes()[:-20])
    message = refused(fresh, data, "corpora", PAIRS, **own(TABLE))
    assert message.startswith(f"crosstalk: {file}: not a readable Parquet file")


def test_one_endless_line_among_others_is_dropped_and_counted(fresh: Copy, data: Path) -> None:
    for language in LANGUAGES:
        append(data / f"train.{language}", b"x" * 100_000)
    run = fresh.run(PAIRS, data=data, **own(ALIGNED))
    assert run.returncode == 0, run.stdout
    counts = read_table(fresh.folder / "results/corpora/own/counts.parquet").to_pandas()
    dropped = counts[(counts["split"] == "train") & (counts["reason"] == "too long")]
    assert dict(zip(dropped["language"], dropped["count"], strict=True)) == {"eng_Latn": 1, "deu_Latn": 1}


def test_one_sentence_is_a_language(fresh: Copy, tmp_path: Path) -> None:
    data = tmp_path / "large"
    corpus(data, train=200)
    (data / "more.eng_Latn").write_text("one more sentence\n", encoding="utf-8")
    (data / "more.fra_Latn").write_text("encore une phrase\n", encoding="utf-8")
    here = {**ALIGNED, "name": "here", "languages": LANGUAGES}
    more = {"reader": "aligned", "path": "more.{language}", "name": "more", "split": "train"}
    settings = own(
        here, languages=[*LANGUAGES, "fra_Latn"], sources=[here, {**more, "languages": ["eng_Latn", "fra_Latn"]}]
    )
    target = "results/tokens/own/languages/fra_Latn"
    run = fresh.run(target, data=data, tokens={"size": 40}, **settings)
    assert run.returncode == 0, run.stdout
    assert len(np.load(fresh.folder / target / "offsets.npy")) == 2


def test_too_little_text_for_a_vocabulary(fresh: Copy, data: Path) -> None:
    message = refused(fresh, data, "vocabulary", "results/tokens/own/vocabulary", tokens={"size": 9000}, **own(ALIGNED))
    assert message.startswith("crosstalk: tokens.size: 9000 pieces cannot be trained on these corpora")


@pytest.fixture
def little_disk(fresh: Copy) -> Iterator[Path]:
    """results/corpora on a disk of 48 KiB."""
    place = fresh.folder / "results" / "corpora"
    place.mkdir(parents=True)
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    mount = ["mount", "-t", "tmpfs", "-o", "size=48k", "none", str(place)]
    if (done := subprocess.run(mount, capture_output=True, text=True)).returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk(fresh: Copy, tmp_path: Path, little_disk: Path) -> None:
    corpus(tmp_path / "large", train=20_000)
    message = refused(fresh, tmp_path / "large", "corpora", PAIRS, **own(ALIGNED))
    assert "could not be written (" in message
    assert "No space left" in message
    assert not list(little_disk.rglob("*.parquet"))
