"""What happens to clusters, and that the result is as if nothing had."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cluster.conftest import ONLY, TRAINING
from tests.cluster.runs import SLURM, began_at, job_of, tables, wait_for_checkpoint
from tests.cluster.slurm import NODES, Slurm, scripts, wait_for
from tests.workflow.copies import LIMIT, Copy


def training_of(cluster: Slurm) -> int:
    """The process of the one job that trains."""
    found = scripts(job_of(cluster))
    assert len(found) == 1, found
    return found[0].number


def test_a_node_that_dies(cluster: Slurm, untrained: Copy, undisturbed: Copy) -> None:
    with untrained.running(ONLY, options=SLURM, **TRAINING) as run:
        wait_for_checkpoint(untrained, 100)
        job = job_of(cluster)
        node = cluster.ask("squeue", "--noheader", "--format", "%N").strip()
        assert node in NODES
        cluster.kill_node(node)
        assert run.wait(LIMIT) == 0, untrained.printed.read_text()
    assert began_at(untrained) >= 100
    assert f"JobId={job} " in cluster.ask("scontrol", "show", "job", job)
    assert "Restarts=1" in cluster.ask("scontrol", "show", "job", job)
    assert tables(untrained) == tables(undisturbed)
    cluster.start_node(node)
    cluster.wait_until_idle()


def test_a_controller_that_restarts(cluster: Slurm, untrained: Copy, undisturbed: Copy) -> None:
    with untrained.running(ONLY, options=SLURM, **TRAINING) as run:
        wait_for_checkpoint(untrained)
        cluster.kill_controller()
        time.sleep(6)
        cluster.start_controller()
        assert run.wait(LIMIT) == 0, untrained.printed.read_text()
    assert began_at(untrained) == 0
    assert tables(untrained) == tables(undisturbed)


def test_a_job_that_is_cancelled(cluster: Slurm, untrained: Copy, undisturbed: Copy) -> None:
    with untrained.running(ONLY, options=SLURM, **TRAINING) as run:
        wait_for_checkpoint(untrained)
        subprocess.run(["scancel", job_of(cluster)], check=True)
        assert run.wait(LIMIT) == 0, untrained.printed.read_text()
    assert began_at(untrained) > 0
    assert tables(untrained) == tables(undisturbed)


def test_a_time_limit(cluster: Slurm, untrained: Copy, undisturbed: Copy) -> None:
    minute = ("--set-resources", "foundation:runtime=attempt")
    with untrained.running(ONLY, options=(*SLURM, *minute), **TRAINING) as run:
        wait_for_checkpoint(untrained)
        job, process = job_of(cluster), training_of(cluster)
        os.kill(process, signal.SIGSTOP)  # Slurm lets it go on when the minute is over, and tells it to stop
        wait_for(lambda: "JobState=TIMEOUT" in cluster.ask("scontrol", "show", "job", job), "the time limit", 150)
        assert run.wait(LIMIT) == 0, untrained.printed.read_text()
    assert began_at(untrained) > 0
    assert "TimeLimit=00:02:00" in cluster.ask("scontrol", "show", "job", str(int(job) + 1))
    assert tables(untrained) == tables(undisturbed)


def test_a_job_that_fails_twice(cluster: Slurm, untrained: Copy, undisturbed: Copy) -> None:
    with untrained.running(ONLY, options=SLURM, **TRAINING) as run:
        for update in (20, 300):
            wait_for_checkpoint(untrained, update)
            os.kill(training_of(cluster), signal.SIGKILL)
            wait_for(lambda: not cluster.ask("squeue", "--noheader", "--states", "RUNNING"), "the end of the job")
        assert run.wait(LIMIT) == 0, untrained.printed.read_text()
    assert began_at(untrained) >= 300
    assert tables(untrained) == tables(undisturbed)


def test_a_snakemake_that_is_killed(cluster: Slurm, untrained: Copy, undisturbed: Copy) -> None:
    with untrained.running(ONLY, options=SLURM, **TRAINING) as run:
        wait_for_checkpoint(untrained)
        job = job_of(cluster)
        run.kill()
        run.wait()
    os.kill(training_of(cluster), signal.SIGSTOP)  # or it would be done before anybody has come back
    again = untrained.run(ONLY, options=SLURM, **TRAINING)
    assert again.returncode != 0
    assert "--unlock" in again.stdout
    assert untrained.run(options=("--unlock",), **TRAINING).returncode == 0
    again = untrained.run(ONLY, options=SLURM, **TRAINING)
    assert again.returncode == 0, again.stdout
    log = (untrained.folder / "results/logs/foundation/world/1.log").read_text(encoding="utf-8")
    assert f"Slurm job {job}, which an earlier Snakemake had left behind, was ended\n" in log
    assert began_at(untrained) > 0
    assert tables(untrained) == tables(undisturbed)


def test_two_snakemakes_in_one_folder(cluster: Slurm, untrained: Copy, undisturbed: Copy) -> None:
    with untrained.running(ONLY, options=SLURM, **TRAINING) as run:
        wait_for_checkpoint(untrained)
        second = untrained.run(ONLY, options=SLURM, **TRAINING)
        assert second.returncode != 0
        assert "Directory cannot be locked" in second.stdout
        assert run.wait(LIMIT) == 0, untrained.printed.read_text()
    assert began_at(untrained) == 0
    assert tables(untrained) == tables(undisturbed)


def test_a_full_disk(cluster: Slurm, untrained: Copy, undisturbed: Copy, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", disk], check=False).returncode:
        pytest.skip("needs the right to mount a small file system")
    try:
        small = untrained.copy(disk)
        with small.running(ONLY, options=SLURM, **TRAINING) as run:
            wait_for_checkpoint(small)
            fill(disk / "filler")
            wait_for(lambda: not cluster.ask("squeue", "--noheader", "--states", "RUNNING"), "the end of the job")
            (disk / "filler").unlink()
            if run.wait(LIMIT) != 0:  # it may itself have been about to write
                small.run(options=("--unlock",), **TRAINING)
                again = small.run(ONLY, options=SLURM, **TRAINING)
                assert again.returncode == 0, again.stdout
        assert began_at(small) > 0
        assert tables(small) == tables(undisturbed)
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def fill(file: Path) -> None:
    """Take all space that is left."""
    with file.open("wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(bytes(1 << 20))
