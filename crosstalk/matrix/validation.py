"""How well the matrix is predicted from part of it, tried on pairs that were measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import stats

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.cells import square
from crosstalk.matrix.completion import full
from crosstalk.matrix.prediction import LEAST, Prediction, best, designs, predictions
from crosstalk.matrix.schemas import HELD_OUT, VALIDATION
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
    rows = []
    for draw in range(draws):
        trial = _trial(cells, languages, facts, similarity, confidence, seed, share, draw)
        for one in trial.found:
            miss = np.abs(trial.truth - one.mean[trial.at])
            rows.append(
                {
                    "model": one.model.partition(",")[0],
                    "chosen": one is best(trial.found),
                    "draw": draw,
                    "pairs": trial.given,
                    "held_out": trial.held_out,
                    "rank_correlation": _spearman(trial.truth, one.mean[trial.at]),
                    "error": float(np.sqrt(np.mean(miss**2))),
                    "coverage": float(np.mean(miss <= one.half_width[trial.at])),
                    "width": float(2 * np.mean(one.half_width[trial.at])),
                    "confidence": confidence,
                }
            )
    return pa.Table.from_pylist(rows, schema=VALIDATION)


def held_out(
    cells: pd.DataFrame,
    languages: Sequence[str],
    facts: pd.DataFrame,
    similarity: pd.DataFrame | None,
    confidence: float,
    seed: int = 0,
    share: float = 0.8,
) -> pa.Table:
    """HELD_OUT cells of ``validation``'s first draw, by the model that it chooses."""
    trial = _trial(cells, languages, facts, similarity, confidence, seed, share, 0)
    chosen = best(trial.found)
    first, second = np.nonzero(trial.at)
    mean, half = chosen.mean[trial.at], chosen.half_width[trial.at]
    columns = [
        [trial.languages[int(at)] for at in first], [trial.languages[int(at)] for at in second], trial.truth, mean,
        mean - half, mean + half,
    ]  # fmt: skip
    return pa.table(dict(zip(HELD_OUT.names, columns, strict=True)), schema=HELD_OUT)


class _Trial(NamedTuple):
    """Measured cells ``at`` [languages, languages] were hidden, all of ``held_out`` pairs, and predicted from the
    ``given`` ones; ``truth`` is what was measured there."""

    languages: Sequence[str]
    given: int
    held_out: int
    at: np.ndarray
    truth: np.ndarray
    found: list[Prediction]


def _trial(
    cells: pd.DataFrame,
    languages: Sequence[str],
    facts: pd.DataFrame,
    similarity: pd.DataFrame | None,
    confidence: float,
    seed: int,
    share: float,
    draw: int,
) -> _Trial:
    grid = full(cells, languages)
    chosen = square(grid)
    first, second = np.nonzero(np.triu(np.isfinite(chosen.values) | np.isfinite(chosen.values).T))
    given = round(share * len(first))
    if not LEAST <= given < len(first):
        raise CrosstalkError(
            f"validation: {given} of {len(first)} measured pairs to predict the others from; expected at least {LEAST} "
            "and one left"
        )
    held = generator(seed, "validation", draw).permutation(len(first))[given:]
    out = np.zeros(chosen.values.shape, bool)
    out[first[held], second[held]] = out[second[held], first[held]] = True
    predictors = designs(grid, chosen.languages, facts, similarity)
    found = predictions(np.where(out, np.nan, chosen.values), predictors, confidence, seed)
    at = out & np.isfinite(chosen.values)
    return _Trial(chosen.languages, given, len(held), at, chosen.values[at], found)


def _spearman(x: np.ndarray, y: np.ndarray) -> float | None:
    """None where either does not vary."""
    return None if not (np.ptp(x) and np.ptp(y)) else float(stats.spearmanr(x, y).statistic)
