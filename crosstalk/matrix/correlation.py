"""Does similarity of sentence embeddings tell interference? (Matrix §4, Figs. 7 and 9 to 17)"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Float

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.association import spearman
from crosstalk.matrix.bootstrap import bounds, with_resamples
from crosstalk.matrix.cells import Cells, parts, square
from crosstalk.matrix.schemas import CORRELATION


def correlation(
    cells: pd.DataFrame,
    similarity: pd.DataFrame,
    outliers: Collection[str],
    confidence: float,
    seed: int = 0,
) -> pa.Table:
    """CORRELATION of the measured ``cells`` (INTERFERENCE) with ``similarity`` (SIMILARITY), ``outliers`` left out.

    Predicted cells are left out because their prediction may rest on similarity. In a row, conflict is interference
    less a constant and dilution is constant, so rows are given for interference only. Intervals are of a bootstrap
    over partners (a row) or languages (all). Raises CrosstalkError when a measured pair has no similarity.
    """
    measured = cells[cells["measured"].astype(bool)]
    joined = measured.merge(similarity, on=["language", "added_language"], how="left")
    if (lacking := joined[joined["similarity"].isna()]).size:
        first, second = lacking.sort_values(["language", "added_language"])[["language", "added_language"]].iloc[0]
        raise CrosstalkError(f"similarity: {first} with {second} is missing; expected every pair of the matrix")
    closeness = square(joined, "similarity", outliers).values
    rows: list[dict[str, object]] = []
    for part in parts(measured):
        chosen = square(joined, part, outliers)
        drawn = with_resamples(chosen.languages, seed)
        if part == "interference":
            rows += _by_row(chosen, closeness, drawn, confidence)
        if part != "dilution":
            at = np.nonzero(chosen.known)
            weights = drawn[:, at[0]] * drawn[:, at[1]]
            found = spearman(chosen.values[at], closeness[at], weights[weights.any(axis=1)])
            rows.append(_row(None, part, "cells", found, len(at[0]), confidence))
    return pa.Table.from_pylist(rows, schema=CORRELATION)


def _by_row(
    chosen: Cells,
    closeness: Float[np.ndarray, "languages languages"],
    drawn: Float[np.ndarray, "draws languages"],
    confidence: float,
) -> Iterator[dict[str, object]]:
    """Every row with at least three partners, then the mean of these rows."""
    each = np.full(drawn.shape, np.nan)
    for at, language in enumerate(chosen.languages):
        partners = np.flatnonzero(chosen.known[at])
        if len(partners) < 3:
            continue
        some = drawn[:, partners].any(axis=1)
        found = spearman(chosen.values[at, partners], closeness[at, partners], drawn[:, partners][some])
        each[some, at] = found
        yield _row(language, "interference", "row", found, len(partners), confidence)
    total = (drawn * np.isfinite(each)).sum(axis=1)
    mean = np.nansum(drawn * each, axis=1)[total > 0] / total[total > 0]
    if len(mean):
        yield _row(None, "interference", "rows", mean, int(chosen.known.sum()), confidence)


def _row(
    language: str | None, part: str, over: str, drawn: Float[np.ndarray, " draws"], cells: int, confidence: float
) -> dict[str, object]:
    value, low, high = (None if np.isnan(x) else float(x) for x in (drawn[0], *bounds(drawn[1:], confidence)))
    return {
        "language": language,
        "part": part,
        "over": over,
        "rank_correlation": value,
        "low": low,
        "high": high,
        "cells": cells,
    }
