"""Jobs that a killed Snakemake left behind, with programs in the place of Slurm's that note what they are asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosstalk.leftover import cancel


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


def test_only_live_jobs_of_this_folder_are_cancelled(
    programs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    queue = tmp_path / "queue"
    queue.write_text(f"7 {tmp_path}\n8_1 {tmp_path}\n9 /elsewhere\n10 {tmp_path}\n", encoding="utf-8")
    program(programs / "squeue", f'cat "{queue}"')
    program(programs / "scancel", f'echo "$@" > "{tmp_path}/asked"; echo "10 {tmp_path}" > "{queue}"')
    cancel({"5", "7", "8_1", "9"}, tmp_path)
    assert (tmp_path / "asked").read_text(encoding="utf-8") == "7 8_1\n"
    assert capsys.readouterr().err == "crosstalk: cancelling what an earlier run left: Slurm jobs 7, 8_1\n"


def test_nothing_is_cancelled_where_nothing_is_left(programs: Path, tmp_path: Path) -> None:
    program(programs / "squeue", "true")
    program(programs / "scancel", f'touch "{tmp_path}/asked"')
    cancel({"5"}, tmp_path)
    assert not (tmp_path / "asked").exists()


def test_without_slurm_nothing_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    cancel({"5"}, tmp_path)
