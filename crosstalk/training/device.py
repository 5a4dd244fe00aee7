"""Device, arithmetic and processes, through accelerate."""

from __future__ import annotations

import os
import socket
import sys

import torch
from accelerate import Accelerator

from crosstalk.config.root import Speed

_PORTS = range(20_000, 30_000)
"""Where the processes of several nodes meet; each job has its own, as two may share a node."""


def launch_training(speed: Speed) -> Accelerator:
    """As ``launch``, as one of ``speed.training_processes``: while this process is alone, torchrun takes its place and
    starts its program anew in each of them, on every node of a Slurm job."""
    if speed.training_processes > 1 and not torch.distributed.is_torchelastic_launched():
        launcher = launcher_of(speed, os.environ.get("SLURM_JOB_ID"), socket.gethostname())
        os.execvp(launcher[0], [*launcher, *sys.argv])
    return launch(speed, speed.training_threads)


def launcher_of(speed: Speed, slurm_job: str | None, host: str) -> list[str]:
    """The command that starts a program in every process of a training: torchrun, once on each node.

    Several nodes are those of ``slurm_job``, whose first one is ``host``, where the processes find each other.
    """
    torchrun = [sys.executable, "-m", "torch.distributed.run"]
    nodes, processes = speed.training_nodes, speed.training_processes
    if nodes == 1 or slurm_job is None:
        return [*torchrun, "--standalone", "--nproc-per-node", str(processes)]
    each = processes // nodes
    place = f"--nodes={nodes} --ntasks={nodes} --ntasks-per-node=1 --cpus-per-task={each * speed.training_threads}"
    meeting = f"--rdzv-backend=c10d --rdzv-id={slurm_job} --rdzv-endpoint={host}:{_PORTS[int(slurm_job) % len(_PORTS)]}"
    spread = f"--nnodes={nodes} --nproc-per-node={each}"
    return ["srun", "--kill-on-bad-exit", *place.split(), *torchrun, *spread.split(), *meeting.split()]


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
