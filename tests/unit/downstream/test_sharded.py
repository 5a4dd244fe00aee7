"""Two processes that have an encoder sharded (FSDP2) train it as one does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

CHECKOUT = Path(__file__).parents[3]
LAUNCHER = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def weights(corpus: Path, out: Path, launcher: list[str]) -> dict[str, torch.Tensor]:
    out.mkdir()
    call = [sys.executable, *launcher, "-m", "tests.unit.downstream.train_worker", str(corpus), str(out)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(call, cwd=CHECKOUT, env=environment, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return load_file(out / "weights.safetensors")


def test_two_processes_agree_with_one(small, tmp_path: Path) -> None:
    one, two = (weights(small.folder, tmp_path / str(len(launcher)), launcher) for launcher in ([], LAUNCHER))
    assert one.keys() == two.keys()
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, rtol=0, atol=1e-5, msg=name)
