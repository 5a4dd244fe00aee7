"""Two processes that have a LLaVA sharded (FSDP2) fine-tune it as one does, all of it and chosen neurons alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from crosstalk.multimodal.base import load_llava
from tests.unit.multimodal.tune_worker import SETTINGS

CHECKOUT = Path(__file__).parents[3]
LAUNCHER = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


@pytest.fixture(scope="module")
def tuned(corpus, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Number of processes -> what they wrote."""
    folders = {}
    for processes, launcher in ((1, []), (2, LAUNCHER)):
        folders[processes] = tmp_path_factory.mktemp(f"tuned{processes}")
        call = [sys.executable, *launcher, "-m", "tests.unit.multimodal.tune_worker", corpus, folders[processes]]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            list(map(str, call)), cwd=CHECKOUT, env=environment, stderr=subprocess.PIPE, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    return folders


def weights(folder: Path, name: str) -> dict[str, torch.Tensor]:
    return {key: value.detach() for key, value in load_llava(folder / f"{name}.model").named_parameters()}


@pytest.mark.parametrize("parts", ["whole", "parted"])
@pytest.mark.parametrize("name", ["sft", "neumt"])
def test_two_processes_agree_with_one(tuned: dict[int, Path], name: str, parts: str) -> None:
    one, two = (weights(tuned[processes], f"{name}.{parts}") for processes in (1, 2))
    start = load_file(tuned[1] / "start.safetensors")
    assert one.keys() == two.keys() == start.keys()
    for key, value in one.items():
        torch.testing.assert_close(two[key], value, rtol=0, atol=1e-5, msg=key)
        # What one process leaves alone, two leave alone, and the other way round.
        assert torch.equal(two[key] == start[key], value == start[key]), key
    changed = {key for key, value in one.items() if not torch.equal(value, start[key])}
    assert not any("vision_tower" in key for key in changed)
    assert len(changed) == (4 if name == "neumt" else len([key for key in one if "vision_tower" not in key]))
    moved = max(float((one[key] - start[key]).abs().max()) for key in changed)
    assert moved > SETTINGS.learning_rate


@pytest.mark.parametrize("name", ["sft", "neumt"])
def test_a_continued_training_is_an_undisturbed_one(tuned: dict[int, Path], name: str) -> None:
    for processes in (1, 2):
        whole, parted = (weights(tuned[processes], f"{name}.{parts}") for parts in ("whole", "parted"))
        assert all(torch.equal(value, parted[key]) for key, value in whole.items())
