"""Advice: hand-computed mixes, intervals, what is said of predictions, and requests that cannot be met."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from crosstalk.errors import CrosstalkError
from crosstalk.matrix import advice_text
from crosstalk.matrix.advice import Request, advise

NAMES = ["a_Latn", "b_Latn", "c_Latn", "d_Latn"]
VALUES = np.array(
    [
        [np.nan, -0.01, -0.04, -0.02],
        [-0.03, np.nan, -0.01, -0.02],
        [-0.02, -0.05, np.nan, -0.01],
        [-0.01, -0.02, -0.03, np.nan],
    ]
)


@pytest.fixture
def cells(square_of) -> pd.DataFrame:
    return square_of(NAMES, VALUES)


def of(found, rank: int = 1) -> pd.DataFrame:
    table = found.table.to_pandas()
    return table[table["rank"] == rank].set_index("language")
