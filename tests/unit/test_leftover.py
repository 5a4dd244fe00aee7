"""Jobs that a killed Snakemake left behind, with programs in the place of Slurm's that note what they are asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosstalk.job import job
from crosstalk.leftover import end_leftover, heading


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


def log_of(job: str, folder: Path) -> Path:
    log = folder / "a.log"
    log.write_text(f"Slurm job {job}\nfoundation: 10%", encoding="utf-8")
    return log


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
    told = end_leftover(log_of("7", tmp_path))
    assert cancelled(programs) == "7\n"
    assert told == "Slurm job 7, which an earlier Snakemake had left behind, was ended\n"


@pytest.mark.parametrize("earlier", ["7", "12"])
def test_a_job_that_has_ended_or_is_this_one_is_let_be(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, earlier: str
) -> None:
    queue(programs, "12")
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    end_leftover(log_of(earlier, tmp_path))
    assert not cancelled(programs)


def test_what_was_left_behind_gives_way(programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queue(programs, "12")
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    log = log_of("12", tmp_path)
    with pytest.raises(SystemExit, match=r"^crosstalk: .*a\.log: Slurm job 12, which was submitted later"), job(log):
        raise AssertionError("not reached")
    assert log.read_text(encoding="utf-8") == "Slurm job 12\nfoundation: 10%"


@pytest.mark.parametrize("text", [None, "", "foundation", "Slurm job x\n", "Slurm job 7"])
def test_other_logs_say_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    monkeypatch.setenv("PATH", str(tmp_path))
    if text is not None:
        (tmp_path / "a.log").write_text(text, encoding="utf-8")
    end_leftover(tmp_path / "a.log")


def test_outside_slurm_a_log_has_no_heading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    end_leftover(log_of("7", tmp_path))
    assert heading() == ""
