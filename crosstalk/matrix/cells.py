"""The matrix as a matrix: cells of one part of the interference, languages in alphabetical order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from crosstalk.errors import CrosstalkError

INTERFERENCE_PARTS = ("interference", "dilution", "conflict")


@dataclass(frozen=True)
class Cells:
    """Values [row, column]: NaN on the diagonal and where nothing is known; ``measured`` where a training says it."""

    languages: list[str]
    values: Float[np.ndarray, "languages languages"]
    measured: Bool[np.ndarray, "languages languages"]

    @property
    def known(self) -> Float[np.ndarray, "languages languages"]:
        """1 where there is a value, 0 elsewhere: weights of the cells."""
        return np.isfinite(self.values).astype(float)

    @property
    def filled(self) -> Float[np.ndarray, "languages languages"]:
        """Values with 0 where there is none."""
        return np.nan_to_num(self.values)


def square(cells: pd.DataFrame, part: str = "interference", without: Collection[str] = ()) -> Cells:
    """One column of INTERFERENCE rows as a matrix, languages ``without`` left out.

    Raises CrosstalkError when a cell occurs twice or fewer than two languages are left.
    """
    names = sorted({*cells["language"], *cells["added_language"]} - set(without))
    if len(names) < 2:
        raise CrosstalkError(f"interference: {len(names)} languages to compare; expected at least 2")
    place = {name: at for at, name in enumerate(names)}
    chosen = cells[cells["language"].isin(names) & cells["added_language"].isin(names)]
    if (again := chosen[chosen.duplicated(["language", "added_language"])]).size:
        first, second = again[["language", "added_language"]].iloc[0]
        raise CrosstalkError(f"interference: {first} with {second} occurs twice; expected each cell once")
    at = chosen["language"].map(place).to_numpy(), chosen["added_language"].map(place).to_numpy()
    values = np.full((len(names), len(names)), np.nan)
    measured = np.zeros(values.shape, bool)
    values[at] = chosen[part].to_numpy(float)
    measured[at] = chosen["measured"].to_numpy(bool)
    np.fill_diagonal(values, np.nan)
    return Cells(names, values, measured & np.isfinite(values))


def parts(cells: pd.DataFrame) -> list[str]:
    """Parts that have values: interference, and with exposure runs also dilution and conflict."""
    return [part for part in INTERFERENCE_PARTS if cells[part].notna().any()]
