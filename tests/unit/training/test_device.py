from __future__ import annotations

import os
import sys

import pytest
import torch

from crosstalk.config.root import Speed
from crosstalk.training.device import launch_training, launcher_of


@pytest.mark.parametrize(("processes", "launched", "starts"), [(1, False, False), (2, False, True), (2, True, False)])
def test_torchrun_takes_the_place_of_a_process_that_is_alone(monkeypatch, processes, launched, starts):
    calls: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(os, "execvp", lambda *call: calls.append(call))
    monkeypatch.setattr(torch.distributed, "is_torchelastic_launched", lambda: launched)
    launch_training(Speed(device="cpu", training_threads=torch.get_num_threads(), training_processes=processes))
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    assert calls == ([(sys.executable, [sys.executable, *launcher, *sys.argv])] if starts else [])


def test_a_job_of_several_nodes_starts_torchrun_once_on_each():
    speed = Speed(training_processes=8, training_nodes=2, training_threads=3)
    command = launcher_of(speed, "10042", "node7")
    assert command[:2] == ["srun", "--kill-on-bad-exit"]
    at = command.index(sys.executable)
    assert command[2:at] == ["--nodes=2", "--ntasks=2", "--ntasks-per-node=1", "--cpus-per-task=12"]
    assert command[at + 1 :] == [
        *("-m", "torch.distributed.run", "--nnodes=2", "--nproc-per-node=4"),
        *("--rdzv-backend=c10d", "--rdzv-id=10042", "--rdzv-endpoint=node7:20042"),
    ]


def test_without_slurm_all_processes_are_on_this_machine():
    command = launcher_of(Speed(training_processes=8, training_nodes=2), None, "here")
    assert command[1:] == ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "8"]
