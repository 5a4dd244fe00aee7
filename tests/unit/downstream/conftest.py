"""A matrix of six languages, written by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

CODES = ["aaa_Latn", "bbb_Latn", "ccc_Cyrl", "ddd_Grek", "eee_Deva", "fff_Arab"]
MATRIX = [  # a row suffers from the columns; in per cent, none on the diagonal
    [None, -1, -2, -3, -4, -5],
    [-1, None, -9, -2, -2, -7],
    [-6, -5, None, -4, -3, -2],
    [-1, -2, -3, None, -4, -5],
    [-2, -2, -2, -2, None, -2],
    [-8, -1, -7, -3, -4, None],
]


def cells(**changes: Any) -> pd.DataFrame:
    """INTERFERENCE of the matrix; ``changes``: "aaa_bbb" -> what is otherwise in that cell."""
    rows = [
        {"language": language, "added_language": added, "interference": value / 100, "ci_low": value / 100 - 0.005,
         "ci_high": value / 100 + 0.005, "measured": True}
        for language, row in zip(CODES, MATRIX, strict=True)
        for added, value in zip(CODES, row, strict=True)
        if value is not None
    ]  # fmt: skip
    for row in rows:
        row.update(changes.get(f"{row['language'][:3]}_{row['added_language'][:3]}", {}))
    return pd.DataFrame(rows)


@pytest.fixture
def matrix() -> pd.DataFrame:
    return cells()
