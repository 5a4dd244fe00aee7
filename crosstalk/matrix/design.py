"""What a cell of the matrix is predicted from: effects of its languages and of what they have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from scipy import sparse

from crosstalk.matrix.sharing import same

FACTORS = ("script", "family", "resource_level")


@dataclass(frozen=True)
class Design:
    """Predictors of all cells; row ``i * languages + j`` of ``matrix`` is the cell of language i with j added.

    ``groups`` [predictors] numbers the groups whose effects share a variance; group 0 is of fixed effects.
    """

    languages: list[str]
    matrix: sparse.csr_array
    groups: Int[np.ndarray, " predictors"]


def effects(languages: Sequence[str]) -> Design:
    """A mean, an effect of each row's language and one of each column's."""
    n = len(languages)
    row, column = (index.ravel() for index in np.indices((n, n)))
    return _assemble(languages, [np.ones(n * n)], [row, column])


def features(
    languages: Sequence[str], facts: pd.DataFrame, alone: pd.DataFrame, similarity: pd.DataFrame | None
) -> Design:
    """``effects``, and effects of script, family and resource level of both languages, of pairs of scripts, of sharing
    each of the three, of similarity, and of what is measured of a language ``alone`` (one column each, 0 if unknown).
    """
    n = len(languages)
    row, column = (index.ravel() for index in np.indices((n, n)))
    known = facts.set_index("language").reindex(list(languages)).fillna("")
    fixed = [np.ones(n * n)]
    factors = [row, column]
    for name in FACTORS:
        labels = known[name].to_numpy(object)
        fixed.append(same(labels).ravel())
        codes = pd.factorize(pd.Series(labels).where(labels != ""), sort=True)[0]
        factors += [codes[row], codes[column]]
        if name == "script":
            factors.append(_pairs(codes, row, column))
    for column_name in alone.columns:
        values = _standard(alone[column_name].reindex(list(languages)).to_numpy(float))
        fixed += [values[row], values[column]]
    if similarity is not None:
        table = similarity.set_index(["language", "added_language"])["similarity"]
        cells = pd.MultiIndex.from_product([languages, languages])
        fixed.append(_standard(table.reindex(cells).to_numpy(float)))
    return _assemble(languages, fixed, factors)


def _pairs(codes: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Codes of ordered pairs of groups that more than one cell has; two groups of one language each have only one."""
    sizes = np.bincount(codes[codes >= 0], minlength=1)
    several = (codes[row] >= 0) & (codes[column] >= 0) & (np.maximum(sizes[codes[row]], sizes[codes[column]]) > 1)
    return np.where(several, codes[row] * len(sizes) + codes[column], -1)


def _standard(values: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Mean 0 and variance 1; unknown values and those that do not vary become 0."""
    known = np.isfinite(values)
    if not known.any() or np.ptp(values[known]) == 0:
        return np.zeros(len(values))
    return np.where(known, (values - values[known].mean()) / values[known].std(), 0)


def _assemble(languages: Sequence[str], fixed: list[np.ndarray], factors: list[np.ndarray]) -> Design:
    """Fixed predictors as they are, and an indicator of each value of each factor (-1: none)."""
    blocks = [sparse.csr_array(np.stack([column for column in fixed if column.any()], axis=1))]
    for codes in factors:
        places = pd.factorize(pd.Series(codes).where(codes >= 0), sort=True)[0]
        rows = np.flatnonzero(places >= 0)
        shape = (len(codes), places.max(initial=-1) + 1)
        blocks.append(sparse.csr_array((np.ones(len(rows)), (rows, places[rows])), shape=shape))
    groups = np.repeat(np.arange(len(blocks)), [block.shape[1] for block in blocks])
    return Design(list(languages), sparse.csr_array(sparse.hstack(blocks)), groups)
