"""What all tests share: the checkout, real corpora where there are any, and repeatable property-based tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder of the Snakefile."""
    return Path(__file__).parent.parent


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real corpora; tests that need it are skipped when the environment names none."""
    folder = os.environ.get("CROSSTALK_DATA")
    if not folder:
        pytest.skip("needs real corpora: set CROSSTALK_DATA to their folder")
    return Path(folder)
