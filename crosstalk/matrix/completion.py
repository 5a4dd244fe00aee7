"""The whole matrix from part of it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.cells import square
from crosstalk.matrix.prediction import Prediction, best, designs, predictions
from crosstalk.matrix.schemas import INTERFERENCE


def complete(
    cells: pd.DataFrame,
    languages: Sequence[str],
    facts: pd.DataFrame,
    similarity: pd.DataFrame | None,
    confidence: float,
    seed: int = 0,
) -> pa.Table:
    """INTERFERENCE of every ordered pair of ``languages``, in alphabetical order: measured cells as they are, the
    others predicted (``interval`` "prediction", 0 ``seeds``, not ``measured``, no losses).

    The model with the smallest cross-validated error predicts. Dilution does not depend on the partner, so it is
    known where any cell of the row has it; conflict is the rest and bears the interval.
    Raises CrosstalkError when cells are missing and fewer than three pairs are measured, or one is of another language.
    """
    grid = full(cells, languages)
    missing = ~grid["measured"]
    if missing.any():
        chosen = square(grid)
        found = best(predictions(chosen.values, designs(grid, chosen.languages, facts, similarity), confidence, seed))
        predicted = grid[["language", "added_language"]].merge(_long(chosen.languages, found), how="left")
        for column in ("dilution", "dilution_low", "dilution_high"):
            predicted[column] = grid["language"].map(grid.groupby("language")[column].first())
        predicted["ci_low"] = predicted["interference"] - predicted["half_width"]
        predicted["ci_high"] = predicted["interference"] + predicted["half_width"]
        for whole, rest in (("interference", "conflict"), ("ci_low", "conflict_low"), ("ci_high", "conflict_high")):
            predicted[rest] = predicted[whole] - predicted["dilution"]
        predicted["interval"], predicted["seeds"] = "prediction", 0
        filled = [name for name in predicted if name in INTERFERENCE.names]
        grid.loc[missing, filled] = predicted.loc[missing, filled]
    return pa.Table.from_pandas(grid[INTERFERENCE.names], schema=INTERFERENCE, preserve_index=False)


def full(cells: pd.DataFrame, languages: Sequence[str]) -> pd.DataFrame:
    """A row for every ordered pair of ``languages``, in alphabetical order; those without one are not ``measured``.

    Predictions among the ``cells`` are dropped. Raises CrosstalkError when a cell is of another language or occurs
    twice.
    """
    measured = cells[cells["measured"].astype(bool)]
    if strange := sorted({*measured["language"], *measured["added_language"]} - set(languages)):
        raise CrosstalkError(f"interference: {strange[0]!r} is none of the languages to complete")
    square(measured)
    names = sorted(languages)
    pairs = [(first, second) for first in names for second in names if first != second]
    grid = pd.DataFrame(pairs, columns=["language", "added_language"])
    grid = grid.merge(measured, on=["language", "added_language"], how="left")
    return grid.assign(measured=grid["measured"].eq(True))


def _long(languages: Sequence[str], found: Prediction) -> pd.DataFrame:
    cells = pd.MultiIndex.from_product([languages, languages], names=["language", "added_language"])
    columns = {"interference": found.mean.ravel(), "half_width": found.half_width.ravel()}
    return pd.DataFrame(columns, index=cells).reset_index()
