"""Copies of the checkout, and one finished run of the smoke preset for all tests."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from tests.workflow.copies import Copy


@pytest.fixture
def fresh(checkout: Path, tmp_path: Path) -> Copy:
    """A copy of the checkout without results."""
    return Copy.of_checkout(checkout, tmp_path / "fresh")


@pytest.fixture(scope="session")
def finished(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy of the checkout in which the smoke preset has run; shared by all tests and their processes.

    Tests leave it as it is: those that run anything do so in ``again``.
    """
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    folder, done = shared / "finished", shared / "finished.done"
    with (shared / "finished.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            run = Copy.of_checkout(checkout, folder).run()
            assert run.returncode == 0, run.stdout
            done.write_text(run.stdout, encoding="utf-8")
    return Copy(folder)


@pytest.fixture
def again(finished: Copy, tmp_path: Path) -> Copy:
    """A copy of the finished run."""
    return finished.copy(tmp_path / "again")
