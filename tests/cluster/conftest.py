"""A cluster for a module's tests, and a finished run on this machine that theirs are compared with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.slurm import DATABASE, PROGRAMS, Slurm, missing
from tests.workflow.copies import Copy

ONLY = "results/models/world/1/foundation"
"""One training: a model and the table of its loss."""
TRAINING: dict[str, Any] = {
    "foundation": {"updates": 600, "evaluate_every": 300, "checkpoint_every": 20, "average": 2},
    "speed": {"training_threads": 1},
}
"""Long enough to be hit by something."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slurm]:
    """Slurm without accounts of jobs: squeue tells what becomes of them."""
    if reason := missing():
        pytest.skip(reason)
    yield from running(Slurm(tmp_path_factory.mktemp("cluster") / "slurm", cpus=4))


@pytest.fixture(scope="module")
def accounted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slurm]:
    """Slurm with accounts of jobs: sacct tells what becomes of them."""
    if reason := missing((*PROGRAMS, *DATABASE)):
        pytest.skip(reason)
    yield from running(Slurm(tmp_path_factory.mktemp("cluster") / "slurm", cpus=4, accounts=True))


def running(slurm: Slurm) -> Iterator[Slurm]:
    """Started, and stopped at the end."""
    try:
        slurm.start()
        yield slurm
    finally:
        slurm.stop()


@pytest.fixture(scope="session")
def undisturbed(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy in which ``ONLY`` was made, without a cluster."""
    copy = Copy.of_checkout(checkout, tmp_path_factory.mktemp("undisturbed") / "copy")
    run = copy.run(ONLY, **TRAINING)
    assert run.returncode == 0, run.stdout
    return copy


@pytest.fixture
def untrained(undisturbed: Copy, tmp_path: Path) -> Copy:
    """A copy in which everything before the training is there."""
    copy = undisturbed.copy(tmp_path / "copy")
    for made in (copy.folder / "results/models/world/1").glob("foundation*"):
        shutil.rmtree(made) if made.is_dir() else made.unlink()
    return copy
