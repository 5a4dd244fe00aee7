"""Slurm jobs that a killed Snakemake left behind: one that still makes the same files has to end first."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from crosstalk.errors import CrosstalkError

_SECONDS = 300
"""That Slurm may take to end a job; by default it waits 30 seconds after the first signal."""


def end_leftover(record: Path) -> str:
    """Cancel the Slurm job that ``record`` names if it is another one and still there, and wait until it has ended.

    Then ``record`` names this job. Returns a line that tells of it; nothing where there was none. A training that is
    told to stop keeps a checkpoint, from which this job goes on. Raises CrosstalkError when the other one was submitted
    later, so that this one is what was left behind, or when it does not end. Outside Slurm, nothing happens.
    """
    if (own := os.environ.get("SLURM_JOB_ID")) is None:
        return ""
    told, other = "", _read(record)
    if other not in (None, own) and _alive(other):
        _end(other, own)
        told = f"Slurm job {other}, which an earlier Snakemake had left behind, was ended\n"
    with suppress(OSError):  # a full disk is told by what the job itself writes
        record.write_text(f"{own}\n", encoding="utf-8")
    return told


def _end(other: str, own: str) -> None:
    if int(other) > int(own):
        raise CrosstalkError(f"Slurm job {other}, which was submitted later, does this already; nothing was changed")
    subprocess.run(["scancel", other], check=False)
    until = time.monotonic() + _SECONDS
    while _alive(other):
        if time.monotonic() > until:
            raise CrosstalkError(
                f"Slurm job {other} makes the same files and does not end: see squeue, then start again"
            )
        time.sleep(1)


def _read(record: Path) -> str | None:
    """The job that a record names; None where there is none, or no number in it."""
    try:
        found = record.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return found if found.isdecimal() else None


def _alive(job: str) -> bool:
    """Whether it queues, runs or ends."""
    command = ["squeue", "--noheader", "--jobs", job, "--format", "%i"]
    return bool(subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip())
