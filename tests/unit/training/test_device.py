from __future__ import annotations

import os
import sys

import pytest
import torch

from crosstalk.config.root import Speed
from crosstalk.training.device import launch_training


@pytest.mark.parametrize(("processes", "launched", "starts"), [(1, False, False), (2, False, True), (2, True, False)])
def test_torchrun_takes_the_place_of_a_process_that_is_alone(monkeypatch, processes, launched, starts):
    calls: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(os, "execv", lambda *call: calls.append(call))
    monkeypatch.setattr(torch.distributed, "is_torchelastic_launched", lambda: launched)
    launch_training(Speed(device="cpu", training_threads=torch.get_num_threads(), training_processes=processes))
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    assert calls == ([(sys.executable, [sys.executable, *launcher, *sys.argv])] if starts else [])
