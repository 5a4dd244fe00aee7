from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from crosstalk.corpora import lines
from crosstalk.corpora.lines import read_lines
from crosstalk.errors import CrosstalkError

line = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\ufeff"), max_size=30)
PACK = {"txt": lambda data: data, "gz": gzip.compress, "zst": zstandard.compress}


@settings(deadline=None, max_examples=60)
@given(st.lists(line), st.sampled_from(sorted(PACK)), st.booleans(), st.integers(1, 40))
def test_lines_are_split_at_line_feeds_only(written: list[str], suffix: str, windows: bool, block: int) -> None:
    end = "\r\n" if windows else "\n"
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "BLOCK", block)
        path = Path(folder) / f"a.{suffix}"
        path.write_bytes(PACK[suffix]("".join(text + end for text in written).encode()))
        assert read_lines(path).to_pylist() == written


def test_unusual_separators_stay_inside_their_line(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("a\u2028b\u2029c\nd\u0085e\x0bf\x0cg\x1ch\ni\rj".encode())
    assert read_lines(path).to_pylist() == ["a\u2028b\u2029c", "d\u0085e\x0bf\x0cg\x1ch", "i\rj"]


def test_last_line_needs_no_end_and_an_empty_file_has_no_line(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfone\n\ntwo")
    (tmp_path / "b").write_bytes(b"")
    assert read_lines(tmp_path / "a").to_pylist() == ["one", "", "two"]
    assert read_lines(tmp_path / "b").to_pylist() == []


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gz", "zst"])
def test_parts_compressed_one_by_one_are_one_file(tmp_path: Path, pack: object) -> None:
    path = tmp_path / ("a.gz" if pack is gzip.compress else "a.zst")
    path.write_bytes(pack(b"one\n") + pack(b"two\n"))  # type: ignore[operator]
    assert read_lines(path).to_pylist() == ["one", "two"]


def test_invalid_utf8_is_named_by_file_and_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "latin1.txt"
    path.write_bytes(b"fine\n" * 5 + "stra\xdfe\n".encode("latin-1") + b"fine\n")
    for block in (lines.BLOCK, 12):
        monkeypatch.setattr(lines, "BLOCK", block)
        with pytest.raises(CrosstalkError, match=r"latin1\.txt:6: not UTF-8"):
            read_lines(path)


def test_truncated_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(bytes(range(32, 127)) * 500)[:-30])
    with pytest.raises(CrosstalkError, match=r"a\.gz: could not be read .*truncated"):
        read_lines(path)


def test_a_very_long_line_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x" * 100_000 + "\nshort\n")
    assert [len(text) for text in read_lines(tmp_path / "a").to_pylist()] == [100_000, 5]
