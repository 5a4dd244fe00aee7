"""Matrices of made-up numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pytest

from crosstalk.matrix.schemas import INTERFERENCE

Cells = Callable[..., pd.DataFrame]


@pytest.fixture
def cells_of() -> Cells:
    """Rows of INTERFERENCE with the given values {(language, added language): interference}.

    ``dilution`` {language: dilution} adds exposure runs; ``half_width`` is that of every interval.
    """

    def build(
        values: Mapping[tuple[str, str], float], dilution: Mapping[str, float] | None = None, half_width: float = 0.01
    ) -> pd.DataFrame:
        rows = []
        for (language, added), value in values.items():
            row: dict[str, object] = {"language": language, "added_language": added, "interference": value}
            row |= {"loss_alone": 5.0, "loss_pair": 5.0 * (1 - value), "interval": "sentences", "seeds": 1}
            row |= {"measured": True, "ci_low": value - half_width, "ci_high": value + half_width}
            if dilution is not None:
                rest = value - dilution[language]
                row |= {"dilution": dilution[language], "conflict": rest, "loss_half": 5.0 * (1 - dilution[language])}
                row |= {"dilution_low": dilution[language], "dilution_high": dilution[language]}
                row |= {"conflict_low": rest - half_width, "conflict_high": rest + half_width}
            rows.append(row)
        return pd.DataFrame(rows).reindex(columns=INTERFERENCE.names)

    return build


@pytest.fixture
def square_of(cells_of: Cells) -> Cells:
    """The same from a matrix [languages, languages] whose diagonal does not count."""

    def build(languages: list[str], values: np.ndarray, **more: object) -> pd.DataFrame:
        pairs = {
            (row, column): float(values[i, j])
            for i, row in enumerate(languages)
            for j, column in enumerate(languages)
            if i != j and np.isfinite(values[i, j])
        }
        return cells_of(pairs, **more)

    return build
