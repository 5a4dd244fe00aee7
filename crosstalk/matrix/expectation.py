"""What languages are expected to lose in a mix, from what they lose in pairs (docs/advisor.md)."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from crosstalk.matrix.cells import parts, square

Objective = Literal["worst", "mean"]
Mixes = Int[np.ndarray, "mixes size"]
"""Numbers of languages; those of a mix differ."""


@dataclass(frozen=True)
class Pairs:
    """Cells of the matrix [language, added language], NaN on the diagonal and where nothing is known.

    ``dilution`` [languages] and ``conflict`` add up to the interference; without controls, all of it is conflict.
    ``half_width`` is that of the interference's interval.
    """

    languages: list[str]
    dilution: Float[np.ndarray, " languages"]
    conflict: Float[np.ndarray, "languages languages"]
    half_width: Float[np.ndarray, "languages languages"]
    measured: Bool[np.ndarray, "languages languages"]


@dataclass(frozen=True)
class Effects:
    """What languages do to each other in a mix of a given size: a row's sum over it is the expected interference."""

    values: Float[np.ndarray, "languages languages"]
    half_width: Float[np.ndarray, "languages languages"]


def pairs_of(cells: pd.DataFrame) -> Pairs:
    """The cells of INTERFERENCE rows. Raises CrosstalkError when one occurs twice or fewer than two languages do."""
    whole = square(cells)
    widths = square(cells.assign(width=(cells["ci_high"] - cells["ci_low"]) / 2), "width").values
    dilution = np.zeros(len(whole.languages))
    if "dilution" in parts(cells):
        dilution = cells.groupby("language")["dilution"].first().reindex(whole.languages).to_numpy(float)
    return Pairs(whole.languages, dilution, whole.values - dilution[:, None], np.abs(widths), whole.measured)


def effects(pairs: Pairs, size: int) -> Effects:
    """Effects in a mix of ``size`` languages, each with the same share of every batch; in two, the cells themselves.

    E_i(S) = log2(m) dilution_i + sum over the others j of conflict_ij, m languages in S. It is assumed that a language
    loses as much with every halving of its text, and that what others add to that adds up. ``half_width`` adds up as
    well, as if all cells were wrong in the same direction.
    """
    dilution = pairs.dilution * (log2(size) / max(size - 1, 1))
    return Effects(pairs.conflict + dilution[:, None], pairs.half_width)


def suffered(values: Float[np.ndarray, "languages languages"], mixes: Mixes) -> Float[np.ndarray, "mixes size"]:
    """Sum of each language's row over the others of its mix: its expected interference, or that one's half width."""
    cells = values[mixes[:, :, None], mixes[:, None, :]]
    at = np.arange(mixes.shape[1])
    cells[:, at, at] = 0
    return cells.sum(axis=2)


def summary(each: Float[np.ndarray, "mixes size"], objective: Objective) -> Float[np.ndarray, " mixes"]:
    """Interference of the language that is worst off, or the mean; 0 for a language alone."""
    return each.min(axis=1) if objective == "worst" else each.mean(axis=1)
