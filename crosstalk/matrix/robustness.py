"""What a language suffers from others and does to them (Matrix §3.4, Fig. 3)."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Float

from crosstalk.matrix.bootstrap import bounds, ratio, with_resamples
from crosstalk.matrix.cells import Cells, parts, square
from crosstalk.matrix.schemas import ROBUSTNESS


def row_means(cells: Cells, weights: Float[np.ndarray, "draws languages"]) -> Float[np.ndarray, "draws languages"]:
    """Mean of each row over its partners, Matrix §3.4, partners weighted; the diagonal is left out."""
    return ratio(weights @ cells.filled.T, weights @ cells.known.T)


def column_means(cells: Cells, weights: Float[np.ndarray, "draws languages"]) -> Float[np.ndarray, "draws languages"]:
    """Mean of each column over the languages it is added to, Matrix §3.4, these weighted; without the diagonal."""
    return ratio(weights @ cells.filled, weights @ cells.known)


def robustness(cells: pd.DataFrame, outliers: Collection[str], confidence: float, seed: int = 0) -> pa.Table:
    """ROBUSTNESS of every language and part of ``cells`` (INTERFERENCE), with and without ``outliers``.

    Intervals are of a bootstrap over the partners: how the mean would differ with others of their kind.
    """
    tables = []
    for kept in (True, False):
        for part in parts(cells):
            chosen = square(cells, part, () if kept else outliers)
            weights = with_resamples(chosen.languages, seed)
            columns: dict[str, object] = {"language": chosen.languages, "part": part, "outliers": kept}
            for name, means in (("robustness", row_means), ("friendliness", column_means)):
                drawn = means(chosen, weights)
                low, high = bounds(drawn[1:], confidence)
                columns |= {name: drawn[0], f"{name}_low": low, f"{name}_high": high}
            partners = chosen.known.sum(axis=1)
            columns |= {"partners": partners, "measured": ratio(chosen.measured.sum(axis=1).astype(float), partners)}
            tables.append(pd.DataFrame(columns))
    table = pd.concat(tables, ignore_index=True)[ROBUSTNESS.names]
    return pa.Table.from_pandas(table, schema=ROBUSTNESS, preserve_index=False)
