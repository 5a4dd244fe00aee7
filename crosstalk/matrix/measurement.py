"""From the runs of all blocks to every cell of the matrix, and to the tables of its analysis."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa

from crosstalk.matrix.advice import Request, proposed
from crosstalk.matrix.asymmetry import asymmetry
from crosstalk.matrix.completion import complete
from crosstalk.matrix.convergence import convergence, outliers
from crosstalk.matrix.correlation import correlation
from crosstalk.matrix.exposure import exposure
from crosstalk.matrix.facts import facts
from crosstalk.matrix.groups import groups
from crosstalk.matrix.interference import interference
from crosstalk.matrix.prediction import LEAST
from crosstalk.matrix.proposals import next_pairs
from crosstalk.matrix.robustness import robustness
from crosstalk.matrix.schemas import HELD_OUT, NEXT, VALIDATION
from crosstalk.matrix.sharing import sharing
from crosstalk.matrix.validation import held_out, validation

SHARES = (0.1, 0.25, 0.5)
"""Shares of the measured pairs from which the others are predicted, to see how well that goes."""
_PROPOSED = 100


def measured(
    runs: pd.DataFrame, languages: Sequence[str], similarity: pd.DataFrame, confidence: float
) -> dict[str, pa.Table]:
    """Every cell (``interference``), how well cells are predicted (``validation``, ``held_out``), and what to train
    ``next``."""
    cells, known = interference(runs, confidence).to_pandas(), facts(languages)
    pairs, every = len(cells) // 2, len(languages) * (len(languages) - 1) // 2
    given = cells, languages, known, similarity, confidence
    shares = [share for share in SHARES if LEAST <= round(share * pairs) < pairs]
    return {
        "interference": complete(*given),
        "validation": pa.concat_tables([VALIDATION.empty_table(), *(validation(*given, share=s) for s in shares)]),
        "held_out": held_out(*given, share=shares[0]) if shares else HELD_OUT.empty_table(),
        "next": next_pairs(cells, languages, known, similarity, _PROPOSED) if pairs < every else NEXT.empty_table(),
    }


def flat(table: pa.Table) -> pd.DataFrame:
    """Rows as a CSV file holds them: lists are one text, with "+" between their parts."""
    lists = [field.name for field in table.schema if pa.types.is_list(field.type)]
    return table.to_pandas().assign(**{name: ["+".join(each) for each in table[name].to_pylist()] for name in lists})


def analysed(
    runs: pd.DataFrame, cells: pd.DataFrame, similarity: pd.DataFrame, confidence: float, request: Request
) -> dict[str, pa.Table]:
    """The tables behind the paper's figures, by name (METHODS §2, 8), and which mixes are advised."""
    converged = convergence(runs)
    left_out, known = outliers(converged), facts(sorted(set(cells["language"])))
    return {
        "convergence": converged,
        "robustness": robustness(cells, left_out, confidence),
        "groups": groups(cells, known, left_out, confidence),
        "sharing": sharing(cells, known, left_out, confidence),
        "asymmetry": asymmetry(cells, left_out, confidence),
        "exposure": exposure(cells, left_out, confidence),
        "correlation": correlation(cells, similarity, left_out, confidence),
        "advice": proposed(cells, request),
    }
