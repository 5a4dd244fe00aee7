"""Do pairs that share a script, family or resource level interfere less, and which of these says more? (Matrix §3.5)

A permutation of the languages keeps the matrix and reassigns what is known of its languages (Mantel 1967), so it
respects that the cells of a language are no independent observations.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Float

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.bootstrap import RESAMPLES, bounds, with_resamples
from crosstalk.matrix.cells import Cells, parts, square
from crosstalk.matrix.explained import Contrast, contrast
from crosstalk.matrix.schemas import SHARING
from crosstalk.tokens.batches import generator

COMPARISON = "script - family"
_AT_ONCE = 50
"""Resamples or permutations that are held in memory together."""


def same(labels: np.ndarray) -> Float[np.ndarray, "languages languages"]:
    """1 where two languages have the same label, 0 otherwise and where it is unknown ("")."""
    return ((labels[:, None] == labels[None]) & (labels != "")).astype(float)


def sharing(
    cells: pd.DataFrame, facts: pd.DataFrame, outliers: Collection[str], confidence: float, seed: int = 0
) -> pa.Table:
    """SHARING of the measured ``cells`` (INTERFERENCE), ``outliers`` left out; predictions may rest on what is shared.

    A language of unknown family or script shares it with none; one of unknown resource level is left out for it.
    Conflict and dilution differ from interference by an effect of the row alone, so adjusted rows are given for
    interference only. Intervals are of a bootstrap over languages; p is two-sided.
    Raises CrosstalkError when a language of the matrix is not in ``facts``.
    """
    measured = cells[cells["measured"].astype(bool)]
    if unknown := sorted({*measured["language"], *measured["added_language"]} - set(facts["language"])):
        raise CrosstalkError(f"facts: {unknown[0]!r} is missing; expected every language of the matrix")
    without_level = facts.loc[facts["resource_level"] == "", "language"].tolist()
    tables = []
    for part in parts(measured):
        for by, without in ((["family", "script"], []), (["resource_level"], without_level)):
            left = {*measured["language"]} - {*outliers, *without}
            if len(left) < 3:
                continue
            chosen = square(measured, part, {*outliers, *without})
            known = facts.set_index("language").loc[chosen.languages]
            features = np.stack([same(known[name].to_numpy(object)) for name in by])
            for adjusted in [False, True] if part == "interference" else [False]:
                table = _table(by, chosen, features, adjusted, confidence, seed)
                tables.append(table.assign(part=part, adjusted=adjusted))
    if not tables:
        return SHARING.empty_table()
    return pa.Table.from_pandas(pd.concat(tables)[SHARING.names], schema=SHARING, preserve_index=False)


def _table(
    by: Sequence[str],
    chosen: Cells,
    features: Float[np.ndarray, "features languages languages"],
    adjusted: bool,
    confidence: float,
    seed: int,
) -> pd.DataFrame:
    every = _resampled(chosen, features, adjusted, with_resamples(chosen.languages, seed))
    first, resampled = (Contrast(*(each[at] for each in every)) for at in (0, slice(1, None)))
    table = pd.DataFrame({"by": by, "within": first.within, "between": first.between})
    table["difference"] = first.within - first.between
    table["difference_low"], table["difference_high"] = bounds(resampled.within - resampled.between, confidence)
    table["explained"] = first.correlation**2
    low, high = bounds(resampled.correlation, confidence)
    # Squares of resampled correlations would be biased upwards around 0.
    table["explained_low"] = np.where(low * high < 0, 0, np.minimum(low**2, high**2))
    table["explained_high"] = np.maximum(low**2, high**2)
    permuted = _permuted(chosen, features, adjusted, generator(seed, "sharing", *by))
    table["p"] = p_values(first.correlation, permuted)
    table["pairs_within"] = np.triu(features * np.maximum(chosen.known, chosen.known.T)).sum(axis=(1, 2))
    if len(by) == 2:
        observed, others, dealt = (
            each[..., 1:] ** 2 - each[..., :1] ** 2 for each in (first.correlation, resampled.correlation, permuted)
        )
        low, high = bounds(others, confidence)
        row = {"by": COMPARISON, "explained": observed, "explained_low": low, "explained_high": high}
        table = pd.concat([table, pd.DataFrame(row).assign(p=p_values(observed, dealt))])
    return table


def p_values(
    observed: Float[np.ndarray, "*shape"], permuted: Float[np.ndarray, "permutations ..."]
) -> Float[np.ndarray, "*shape"]:
    """Two-sided p: share of permutations, the identity among them, as far from 0 as what was observed; else NaN."""
    extreme = (np.abs(permuted) >= np.abs(observed) * (1 - 1e-9)).sum(axis=0)
    return np.where(np.isnan(observed), np.nan, (1 + extreme) / (1 + len(permuted)))


def _resampled(
    chosen: Cells,
    features: Float[np.ndarray, "features languages languages"],
    adjusted: bool,
    drawn: Float[np.ndarray, "draws languages"],
) -> Contrast:
    """Contrasts among the languages that were drawn, each as often as it was."""
    found = []
    for start in range(0, len(drawn), _AT_ONCE):
        some = drawn[start : start + _AT_ONCE]
        weights = some[:, :, None] * some[:, None] * chosen.known
        found.append(contrast(chosen.filled, features, weights[weights.any(axis=(1, 2))], adjusted))
    return Contrast(*(np.concatenate(each) for each in zip(*found, strict=True)))


def _permuted(
    chosen: Cells,
    features: Float[np.ndarray, "features languages languages"],
    adjusted: bool,
    rng: np.random.Generator,
) -> Float[np.ndarray, "permutations features"]:
    """Correlations when what is known of the languages is dealt out anew."""
    count, n, _ = features.shape
    found = []
    for _ in range(RESAMPLES // _AT_ONCE):
        orders = np.stack([rng.permutation(n) for _ in range(_AT_ONCE)])
        dealt = features[:, orders[:, :, None], orders[:, None]].swapaxes(0, 1).reshape(-1, n, n)
        found.append(contrast(chosen.filled, dealt, chosen.known[None], adjusted).correlation.reshape(-1, count))
    return np.concatenate(found)
