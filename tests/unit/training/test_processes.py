"""Two processes train as one does: the same weights, and the same parameters frozen bit for bit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.unit.training.worker import SETTINGS, TRAININGS

CHECKOUT = Path(__file__).parents[3]
LAUNCHER = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


@pytest.fixture(scope="module")
def trained(small, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Number of processes -> what they wrote."""
    folders = {}
    for processes, launcher in ((1, []), (2, LAUNCHER)):
        folders[processes] = tmp_path_factory.mktemp(f"processes{processes}")
        call = [sys.executable, *launcher, "-m", "tests.unit.training.worker", small.folder, folders[processes]]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            list(map(str, call)),
            cwd=CHECKOUT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    return folders


@pytest.mark.parametrize("training", TRAININGS)
def test_two_processes_agree_with_one_and_with_each_other(trained: dict[int, Path], training: str) -> None:
    alone = load_file(trained[1] / f"{training}.0.safetensors")
    first, second = (load_file(trained[2] / f"{training}.{rank}.safetensors") for rank in (0, 1))
    start = load_file(trained[1] / "start.safetensors")
    assert alone.keys() == first.keys() == second.keys()
    moved = 0.0
    for name, value in alone.items():
        assert torch.equal(first[name], second[name]), name
        torch.testing.assert_close(first[name], value, rtol=0, atol=1e-5, msg=name)
        if name in start:
            # What one process leaves alone, two leave alone, and the other way round.
            assert torch.equal(first[name] == start[name], value == start[name]), name
            moved = max(moved, float((value - start[name]).abs().max()))
    if training == "adapters":
        assert moved == 0
        moved = max(float(value.abs().max()) for name, value in alone.items() if name.endswith("up.weight"))
    assert moved > SETTINGS.learning_rate


def test_only_the_first_process_writes_checkpoints(trained: dict[int, Path]) -> None:
    assert [path.name for path in (trained[2] / "dense.checkpoints").iterdir()] == [f"{SETTINGS.updates:08d}"]
