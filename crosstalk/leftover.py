"""Slurm jobs that a killed Snakemake left behind, which would write the same files as those that take their place."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Set
from pathlib import Path
from typing import Any

from crosstalk.errors import CrosstalkError

_SECONDS = 300
"""That Slurm may take to end a job; by default it waits 30 seconds after the first signal."""


def cancel_leftover(workflow: Any) -> None:
    """Cancel those jobs of the files that Snakemake is about to make, and wait until they ended."""
    jobs = workflow.dag.needrun_jobs()
    cancel({name for job in jobs for name in workflow.persistence.external_jobids(job)}, Path.cwd())


def cancel(jobs: Set[str], folder: Path) -> None:
    """Cancel those of ``jobs`` that still queue or run in ``folder``, and wait until they ended; without Slurm, none.

    A training that is told to stop keeps a checkpoint, so what it did is not lost. Raises CrosstalkError when one of
    them does not end.
    """
    if not (left := jobs & _alive(folder)):
        return
    print(f"crosstalk: cancelling what an earlier run left: Slurm jobs {_listed(left)}", file=sys.stderr)
    subprocess.run(["scancel", *sorted(left)], check=False)
    until = time.monotonic() + _SECONDS
    while left := left & _alive(folder):
        if time.monotonic() > until:
            raise CrosstalkError(f"Slurm jobs {_listed(left)} have not ended; wait until they have, then start again")
        time.sleep(1)


def _alive(folder: Path) -> set[str]:
    """This user's jobs that queue, run or end in ``folder``, array tasks as 12_3."""
    command = ["squeue", "--noheader", "--array", "--user", str(os.getuid()), "--format", "%i %Z"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return set()
    rows = (line.partition(" ") for line in found.stdout.splitlines())
    return {name for name, _, place in rows if Path(place) == folder}


def _listed(jobs: Iterable[str]) -> str:
    return ", ".join(sorted(jobs))
