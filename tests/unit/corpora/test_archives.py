from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from crosstalk import corpora
from crosstalk.config.data import Benchmark
from crosstalk.corpora.archives import extract
from crosstalk.errors import CrosstalkError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def tar(path: Path, *members: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for member in members:
            member.size = 4 if member.isfile() else 0
            archive.addfile(member, io.BytesIO(b"text"))
    return path


def member(name: str, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    if link:
        info.type, info.linkname = tarfile.SYMTYPE, link
    return info


def test_a_source_is_read_from_its_archives_and_plain_files(
    tmp_path: Path, make_benchmark: Callable[..., Benchmark]
) -> None:
    tar(tmp_path / "a.tar.gz", member("d/train.eng_Latn"), member("d/train.deu_Latn"))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("d/train.fra_Latn", "text")
    (tmp_path / "c.txt").write_text("plain")
    entry = {"url": "http://localhost", "sha256": "0" * 64}
    source: dict[str, object] = {"reader": "aligned", "path": "d/train.{language}", "split": "train"}
    source |= {"download": dict.fromkeys(("c.txt", "a.tar.gz", "b.zip"), entry)}
    benchmark = make_benchmark(source, languages=["eng_Latn", "deu_Latn", "fra_Latn"])
    table = corpora.read(benchmark.sources[0], benchmark, tmp_path)
    assert table["language"].to_pylist() == ["eng_Latn", "deu_Latn", "fra_Latn"]
    assert names(tmp_path) == ["a.tar.gz", "b.zip", "c.txt"]
    both = make_benchmark(source | {"path": "{language}.txt", "codes": {"eng_Latn": "c", "deu_Latn": "d/train"}})
    with pytest.raises(CrosstalkError, match=r"d/train\.txt: no such file, nor 0 more of the 2"):
        corpora.read(both.sources[0], both, tmp_path)
    assert names(tmp_path) == ["a.tar.gz", "b.zip", "c.txt"]


@pytest.mark.parametrize("bad", [member("../evil"), member("link", "/etc/passwd"), member("link", "../../evil")])
def test_a_tar_that_reaches_outside_is_refused(bad: tarfile.TarInfo, tmp_path: Path, out: Path) -> None:
    with pytest.raises(CrosstalkError, match=r"a\.tar\.gz: refused"):
        extract(tar(tmp_path / "a.tar.gz", member("good"), bad), out)
    assert names(tmp_path) == ["a.tar.gz", "out"]


@pytest.mark.parametrize("name", ["../evil", "/evil"])
def test_a_zip_that_reaches_outside_is_refused(name: str, tmp_path: Path, out: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("good", "text")
        archive.writestr(name, "text")
    with pytest.raises(CrosstalkError, match=rf"a\.zip: refused, '{name}'"):
        extract(tmp_path / "a.zip", out)
    assert names(tmp_path) == ["a.zip", "out"]
    assert not names(out)


@pytest.mark.parametrize("name", ["a.tar.gz", "a.tgz", "a.zip"])
def test_a_damaged_archive_is_refused(name: str, tmp_path: Path, out: Path) -> None:
    whole = tar(tmp_path / "whole.tar.gz", *(member(f"file{n}") for n in range(300))).read_bytes()
    for data in (whole[: len(whole) // 2], b"no archive"):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(CrosstalkError, match=rf"{name}: not a whole archive .*fetch it again"):
            extract(tmp_path / name, out)
    with pytest.raises(CrosstalkError, match="no such file"):
        extract(tmp_path / f"missing-{name}", out)
