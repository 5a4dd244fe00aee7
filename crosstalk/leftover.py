"""Slurm jobs that a killed Snakemake left behind: one that still makes the same files has to end first."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

from crosstalk.errors import CrosstalkError

_SECONDS = 300
"""That Slurm may take to end a job; by default it waits 30 seconds after the first signal."""


def heading() -> str:
    """The first line of a job's log, by which a later one knows it; nothing outside Slurm."""
    job = os.environ.get("SLURM_JOB_ID")
    return f"Slurm job {job}\n" if job else ""


def end_leftover(log: Path) -> str:
    """Cancel the Slurm job that began ``log`` if it is another one and still there, and wait until it has ended.

    Returns a line that tells of it; nothing where there was none. A training that is told to stop keeps a checkpoint,
    from which this job goes on. Raises CrosstalkError when the other one was submitted later, so that this one is what
    was left behind, or when it does not end.
    """
    own, other = os.environ.get("SLURM_JOB_ID"), _job_of(log)
    if own is None or other is None or other == own or not _alive(other):
        return ""
    if int(other) > int(own):
        raise CrosstalkError(f"{log}: Slurm job {other}, which was submitted later, is at it already")
    subprocess.run(["scancel", other], check=False)
    until = time.monotonic() + _SECONDS
    while _alive(other):
        if time.monotonic() > until:
            raise CrosstalkError(f"{log}: Slurm job {other} does not end; see squeue, then start again")
        time.sleep(1)
    return f"Slurm job {other}, which an earlier Snakemake had left behind, was ended\n"


def _job_of(log: Path) -> str | None:
    try:
        with log.open(encoding="utf-8", errors="replace") as file:
            found = re.fullmatch(r"Slurm job (\d+)\n", file.readline(100))
    except OSError:
        return None
    return found[1] if found else None


def _alive(job: str) -> bool:
    """Whether it queues, runs or ends."""
    command = ["squeue", "--noheader", "--jobs", job, "--format", "%i"]
    return bool(subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip())
