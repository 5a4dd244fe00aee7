"""Device, arithmetic and processes, through accelerate."""

from __future__ import annotations

import os
import sys

import torch
from accelerate import Accelerator

from crosstalk.config.root import Speed


def launch_training(speed: Speed) -> Accelerator:
    """As ``launch``, as one of ``speed.training_processes``: while this process is alone, torchrun takes its place and
    starts its program anew in each of them."""
    if speed.training_processes > 1 and not torch.distributed.is_torchelastic_launched():
        launcher = ["torch.distributed.run", "--standalone", "--nproc-per-node", str(speed.training_processes)]
        os.execv(sys.executable, [sys.executable, "-m", *launcher, *sys.argv])
    return launch(speed, speed.training_threads)


def launch(speed: Speed, threads: int) -> Accelerator:
    """The launcher of this process: alone, or one of several started by ``accelerate launch`` or ``torchrun``.

    The number of CPU threads is fixed by configuration because sums in another order give other bits.
    """
    torch.set_num_threads(threads)
    gpu = torch.cuda.is_available() and speed.device != "cpu"
    if speed.device == "cuda" and not gpu:
        from crosstalk.errors import CrosstalkError

        raise CrosstalkError("speed.device is 'cuda' but no GPU is visible; use 'auto' or 'cpu'")
    half = speed.precision == "bfloat16" or (speed.precision == "auto" and gpu and torch.cuda.is_bf16_supported())
    return Accelerator(cpu=not gpu, mixed_precision="bf16" if half else "no")
