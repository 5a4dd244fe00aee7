"""How well the matrix is predicted from part of it, tried on pairs that were measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import stats

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.cells import square
from crosstalk.matrix.completion import full
from crosstalk.matrix.prediction import LEAST, best, designs, predictions
from crosstalk.matrix.schemas import VALIDATION
from crosstalk.tokens.batches import generator


def validation(
    cells: pd.DataFrame,
    languages: Sequence[str],
    facts: pd.DataFrame,
    similarity: pd.DataFrame | None,
    confidence: float,
    seed: int = 0,
    share: float = 0.8,
    draws: int = 5,
) -> pa.Table:
    """VALIDATION of each model: ``draws`` times, predict the other measured pairs from a random ``share`` of them.

    Everything is fitted and chosen on that share alone. Raises CrosstalkError when the share is fewer than three
    pairs, or all of them.
    """
    grid = full(cells, languages)
    chosen = square(grid)
    first, second = np.nonzero(np.triu(np.isfinite(chosen.values) | np.isfinite(chosen.values).T))
    given = round(share * len(first))
    if not LEAST <= given < len(first):
        raise CrosstalkError(
            f"validation: {given} of {len(first)} measured pairs to predict the others from; expected at least {LEAST} "
            "and one left"
        )
    predictors = designs(grid, chosen.languages, facts, similarity)
    rows = []
    for draw in range(draws):
        held = generator(seed, "validation", draw).permutation(len(first))[given:]
        out = np.zeros(chosen.values.shape, bool)
        out[first[held], second[held]] = out[second[held], first[held]] = True
        found = predictions(np.where(out, np.nan, chosen.values), predictors, confidence, seed)
        at = out & np.isfinite(chosen.values)
        truth = chosen.values[at]
        for one in found:
            miss = np.abs(truth - one.mean[at])
            rows.append(
                {
                    "model": one.model.partition(",")[0],
                    "chosen": one is best(found),
                    "draw": draw,
                    "pairs": given,
                    "held_out": len(held),
                    "rank_correlation": _spearman(truth, one.mean[at]),
                    "error": float(np.sqrt(np.mean(miss**2))),
                    "coverage": float(np.mean(miss <= one.half_width[at])),
                    "width": float(2 * np.mean(one.half_width[at])),
                    "confidence": confidence,
                }
            )
    return pa.Table.from_pylist(rows, schema=VALIDATION)


def _spearman(x: np.ndarray, y: np.ndarray) -> float | None:
    """None where either does not vary."""
    return None if not (np.ptp(x) and np.ptp(y)) else float(stats.spearmanr(x, y).statistic)
