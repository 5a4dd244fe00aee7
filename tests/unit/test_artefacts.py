from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from safetensors import SafetensorError
from safetensors.numpy import save_file

from crosstalk.artefacts import CURVE, SETS, file_hash, read_table, whole_file, whole_folder, write_table
from crosstalk.errors import CrosstalkError

FULL = [
    OSError(errno.ENOSPC, "No space left on device"),
    SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)"),
]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 128 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if not mount or not umount:
        pytest.skip("needs mount and umount for a file system that is full")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", "size=128k", "tmpfs", folder], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"needs the right to mount a small file system: {done.stderr.strip()}")
    yield folder
    subprocess.run([umount, folder], check=True)


@pytest.fixture(params=["beside", "scratch"], autouse=True)
def work(request, monkeypatch, tmp_path_factory):
    """Parts are written beside their place, or on a disk of their own; nothing of them is left there."""
    monkeypatch.delenv("CROSSTALK_SCRATCH", raising=False)
    if request.param == "beside":
        yield
        return
    scratch = tmp_path_factory.mktemp("node")
    monkeypatch.setenv("NODE", str(scratch))
    monkeypatch.setenv("CROSSTALK_SCRATCH", "$NODE/job")
    yield
    assert not list(scratch.glob("job/*"))


def test_work_is_done_on_scratch_where_there_is_one(tmp_path, work):
    scratch = os.environ.get("CROSSTALK_SCRATCH")
    expected = Path(os.path.expandvars(scratch)) if scratch else tmp_path
    with whole_file(tmp_path / "a") as part:
        assert part.parent == expected
    with whole_folder(tmp_path / "b") as part:
        assert part.parent == expected


def test_a_scratch_of_no_job_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("CROSSTALK_SCRATCH", "/scratch/$NO_SUCH_JOB")
    with pytest.raises(CrosstalkError, match=r"^CROSSTALK_SCRATCH: /scratch/\$NO_SUCH_JOB names a variable"):
        write_table(pa.table({"a": [1]}), tmp_path / "a")
    assert not list(tmp_path.iterdir())


def test_a_file_is_replaced_whole(tmp_path):
    file = tmp_path / "new" / "a.txt"
    for text in ("one", "two"):
        with whole_file(file) as part:
            part.write_text(text)
            assert not file.exists() or file.read_text() == "one"
        assert file.read_text() == text
    assert [path.name for path in file.parent.iterdir()] == ["a.txt"]
    assert file.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("problem", [ValueError("no"), KeyboardInterrupt(), CrosstalkError("told"), *FULL])
def test_a_failure_keeps_the_old_file_and_nothing_else(tmp_path, problem):
    file = tmp_path / "a.txt"
    file.write_text("old")

    def write() -> None:
        with whole_file(file) as part:
            part.write_text("half")
            raise problem

    with pytest.raises(CrosstalkError if problem in FULL else type(problem)) as told:
        write()
    if problem in FULL:
        assert str(told.value).startswith(f"{file}: could not be written (")
        assert "No space left on device" in str(told.value)
        assert "\n" not in str(told.value)
    else:
        assert told.value is problem
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def fill(folder: Path, text: str) -> None:
    with whole_folder(folder) as part:
        (part / "deep").mkdir()
        (part / "deep" / "a.txt").write_text(text)
        (part / f"{text}.txt").write_text(text)


def test_a_folder_is_replaced_whole(tmp_path):
    folder = tmp_path / "new" / "model"
    for text in ("one", "two"):
        fill(folder, text)
        found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
        assert found == ["deep", "deep/a.txt", f"{text}.txt"]
        assert (folder / "deep" / "a.txt").read_text() == text
    assert [path.name for path in folder.parent.iterdir()] == ["model"]
    assert folder.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("problem", [ValueError("no"), KeyboardInterrupt(), CrosstalkError("told"), *FULL])
def test_a_failure_keeps_the_old_folder_and_nothing_else(tmp_path, problem):
    folder = tmp_path / "model"
    fill(folder, "old")

    def write() -> None:
        with whole_folder(folder) as part:
            (part / "a.txt").write_text("half")
            raise problem

    with pytest.raises(CrosstalkError if problem in FULL else type(problem)) as told:
        write()
    if problem in FULL:
        assert str(told.value).startswith(f"{folder}: could not be written (")
        assert "\n" not in str(told.value)
    assert (folder / "old.txt").read_text() == "old"
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("kind", ["bytes", "parquet", "numpy", "safetensors"])
def test_a_full_disk_is_told_in_one_line(small_disk, kind):
    file, large = small_disk / "table", np.random.default_rng(1).random(100_000)
    file.write_text("old")

    def write() -> None:
        if kind == "parquet":
            write_table(pa.table({"a": large}), file)
            return
        with whole_folder(small_disk / "model") as part:
            if kind == "safetensors":
                save_file({"a": large}, part / "a.safetensors")
            elif kind == "numpy":
                np.save(part / "a.npy", large)
            else:
                (part / "a").write_bytes(large.tobytes())

    with pytest.raises(CrosstalkError, match=r"could not be written \(.+\); nothing was changed$") as told:
        write()
    assert "\n" not in str(told.value)
    assert file.read_text() == "old"
    assert list(small_disk.iterdir()) == [file]


def test_a_place_that_cannot_be_written_to_is_told_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(CrosstalkError, match=r"file/a: could not be written \(.+\)"),
        whole_file(tmp_path / "file" / "a"),
    ):
        pass
    with (
        pytest.raises(CrosstalkError, match=r"file/a: could not be written \(.+\)"),
        whole_folder(tmp_path / "file" / "a"),
    ):
        pass


ROWS = pa.table(
    {
        "overlap": [1.0, 0.5],
        "set_id": ["1", "1"],
        "language": ["eng_Latn"] * 2,
        "member": [0, 1],
        "text": ["a", "b"],
        "more": [1, 2],
    }
)


def test_a_table_is_cast_to_its_schema(tmp_path):
    write_table(ROWS, tmp_path / "t.parquet", SETS)
    table = read_table(tmp_path / "t.parquet", SETS)
    assert table.schema == SETS
    assert table["member"].to_pylist() == [0, 1]
    write_table(ROWS, tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet", SETS).schema == SETS
    assert read_table(tmp_path / "t.parquet").column_names == ROWS.column_names
    assert read_table(tmp_path / "t.parquet", columns=["text"]).column_names == ["text"]


@pytest.mark.parametrize("kept", [0, 4, 300, -1, -20])
def test_a_truncated_table_is_refused_in_one_line(tmp_path, kept):
    file = tmp_path / "t.parquet"
    write_table(ROWS, file)
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(CrosstalkError, match=r"t.parquet: not a readable Parquet file \(.+\); it may be trunc") as told:
        read_table(file)
    assert "\n" not in str(told.value)


def test_a_missing_table_or_column_is_told_in_one_line(tmp_path):
    file = tmp_path / "t.parquet"
    with pytest.raises(CrosstalkError, match=r"t.parquet: no such file; expected a Parquet table$"):
        read_table(file)
    write_table(ROWS, file)
    with pytest.raises(CrosstalkError, match=r"t.parquet: column 'step' is missing; expected step, loss, dev_loss"):
        read_table(file, CURVE)
    write_table(ROWS.set_column(0, "overlap", pa.array(["much", "little"])), file)
    with pytest.raises(
        CrosstalkError, match=r"t.parquet: .*little.*; expected set_id string, .*, overlap float$"
    ) as told:
        read_table(file, SETS)
    assert "\n" not in str(told.value)


def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert file_hash(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
