"""Random streams named by what they are for, so that no draw depends on another."""

from __future__ import annotations

import hashlib

import numpy as np


def stream(seed: int, *names: str) -> np.random.Generator:
    """A generator that depends on the seed and the names alone, on every machine and in every process."""
    digest = hashlib.sha256("\0".join((str(seed), *names)).encode()).digest()
    return np.random.default_rng(np.frombuffer(digest, dtype="<u4"))
