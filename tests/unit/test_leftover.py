"""Jobs that a killed Snakemake left behind, with programs in the place of Slurm's that note what they are asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosstalk.job import job
from crosstalk.leftover import end_leftover


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for programs, and the only one."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def program(file: Path, body: str) -> None:
    file.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    file.chmod(0o755)


def record_of(number: str, folder: Path) -> Path:
    record = folder / "a.slurm"
    record.write_text(f"{number}\n", encoding="utf-8")
    return record


def queue(programs: Path, *jobs: str) -> None:
    """A squeue that knows these jobs, and a scancel that ends what it is given and notes it."""
    for number in jobs:
        (programs / number).touch()
    program(programs / "squeue", f'cd "{programs}" && ls "$3"')
    program(programs / "scancel", f'cd "{programs}" && rm "$1" && echo "$1" >> cancelled')


def cancelled(programs: Path) -> str:
    file = programs / "cancelled"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def test_an_earlier_job_of_the_same_log_is_ended(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(programs, "7", "8")
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    record = record_of("7", tmp_path)
    assert end_leftover(record) == "Slurm job 7, which an earlier Snakemake had left behind, was ended\n"
    assert cancelled(programs) == "7\n"
    assert record.read_text(encoding="utf-8") == "12\n"


@pytest.mark.parametrize("earlier", ["7", "12"])
def test_a_job_that_has_ended_or_is_this_one_is_let_be(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, earlier: str
) -> None:
    queue(programs, "12")
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    assert end_leftover(record_of(earlier, tmp_path)) == ""
    assert not cancelled(programs)


def test_what_was_left_behind_gives_way(programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queue(programs, "12")
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    record, log = record_of("12", tmp_path), tmp_path / "a.log"
    log.write_text("foundation: 10%", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"^crosstalk: Slurm job 12, which was submitted later"), job(log):
        raise AssertionError("not reached")
    assert log.read_text(encoding="utf-8") == "foundation: 10%"
    assert record.read_text(encoding="utf-8") == "12\n"
    assert not cancelled(programs)


@pytest.mark.parametrize("content", [None, b"", b"x", b"\xff"])
def test_a_record_that_names_no_job_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    monkeypatch.setenv("PATH", str(tmp_path))
    record = tmp_path / "a.slurm"
    if content is not None:
        record.write_bytes(content)
    assert end_leftover(record) == ""
    assert record.read_text(encoding="utf-8") == "12\n"


def test_outside_slurm_there_is_no_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    assert end_leftover(tmp_path / "a.slurm") == ""
    assert not list(tmp_path.iterdir())
