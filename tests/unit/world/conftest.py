"""A small world, and meanings to draw from."""

from __future__ import annotations

import pytest

from crosstalk.config.data import World
from crosstalk.world import WorldTables, generate
from crosstalk.world.meanings import Meaning, sample

SMALL = World(train=200, dev=40, test=40, ambiguous=0.2)


@pytest.fixture(scope="session")
def world() -> WorldTables:
    return generate(SMALL)


@pytest.fixture(scope="session")
def meanings() -> list[Meaning]:
    return sample(7, {"train": 120}, 0.2)["train"]
