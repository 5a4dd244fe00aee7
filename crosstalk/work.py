"""How much a job does, before a cluster is asked for it."""

from __future__ import annotations

from typing import NamedTuple

PROCESS = 2_500.0
"""MB of a process that uses PyTorch: 700 on a CPU, more once CUDA's libraries are loaded."""
READER = 1_500.0
"""MB of a process that reads tables."""


class Work(NamedTuple):
    """A job: floating-point operations, steps that each take a while, seconds of one CPU, and MB of memory."""

    flops: float = 0.0
    steps: float = 0.0
    seconds: float = 0.0
    memory: float = READER
