"""Does halving a language's share of the batches explain what looks like interference? (METHODS §2, 6)

A pair gives each language half of every batch. Dilution, what that costs alone, is the same whatever the partner, so
it can change how robust a language looks but not how its partners rank.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
import pyarrow as pa

from crosstalk.matrix.association import covariance, spearman
from crosstalk.matrix.bootstrap import bounds, ratio, with_resamples
from crosstalk.matrix.cells import square
from crosstalk.matrix.robustness import column_means, row_means
from crosstalk.matrix.schemas import EXPOSURE


def exposure(cells: pd.DataFrame, outliers: Collection[str], confidence: float, seed: int = 0) -> pa.Table:
    """EXPOSURE of the measured ``cells`` (INTERFERENCE), ``outliers`` left out; no rows without exposure runs.

    Intervals are of a bootstrap over languages.
    """
    known = cells[cells["conflict"].notna() & cells["measured"].astype(bool)]
    if known.empty:
        return EXPOSURE.empty_table()
    whole, dilution, conflict = (square(known, part, outliers) for part in ("interference", "dilution", "conflict"))
    drawn = with_resamples(whole.languages, seed)
    first, second = np.nonzero(whole.known)
    weights = drawn[:, first] * drawn[:, second]
    drawn, weights = drawn[weights.any(axis=1)], weights[weights.any(axis=1)]
    its, lost, left = (each.values[first, second] for each in (whole, dilution, conflict))
    paired = np.intersect1d(first, second)
    rows = [row_means(each, drawn[:1])[0, paired] for each in (whole, conflict)]
    columns = [column_means(each, drawn[:1])[0, paired] for each in (whole, conflict)]
    found = {
        "dilution_share": (weights @ lost) / (weights @ its),
        # Those of dilution and of conflict add up to 1.
        "dilution_variance": ratio(
            covariance(lost[None], its[None], weights), covariance(its[None], its[None], weights)
        ),
        "cells": spearman(its, left, weights),
        "robustness": spearman(rows[0], rows[1], drawn[:, paired]),
        "friendliness": spearman(columns[0], columns[1], drawn[:, paired]),
    }
    intervals = [bounds(values[1:], confidence) for values in found.values()]
    table = pd.DataFrame({"quantity": list(found), "value": [values[0] for values in found.values()]})
    table["low"], table["high"] = np.transpose(intervals)
    return pa.Table.from_pandas(table, schema=EXPOSURE, preserve_index=False)
