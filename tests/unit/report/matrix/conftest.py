"""A made-up matrix with the tables that the analysis writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from crosstalk.matrix import schemas
from crosstalk.matrix.schemas import HELD_OUT
from crosstalk.report.matrix_data import RUN_COLUMNS, MatrixTables


def table(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=schema)


def build_matrix(
    codes: list[str], facts: dict[str, tuple[str, str, str, str]] | None = None, predicted: float = 0.3
) -> MatrixTables:
    """A made-up matrix; ``facts``: code -> name, script, family, resource level; ``predicted``: share of the pairs."""
    rng = np.random.default_rng(3)
    facts = facts or {
        code: (
            f"Language {code[:3]}",
            ("Latin", "Cyrillic", "Arabic")[at % 3],
            f"Family {at // 3 % 4}",
            ("high", "low")[at % 2],
        )
        for at, code in enumerate(codes)
    }
    suffers, harms = rng.normal(-0.05, 0.015, len(codes)), rng.normal(-0.03, 0.01, len(codes))
    dilution, alone = rng.normal(-0.04, 0.01, len(codes)), rng.normal(6, 0.4, len(codes))
    known = {frozenset(pair): rng.random() >= predicted for pair in permutations(codes, 2)}
    cells = []
    for (a, one), (b, other) in permutations(enumerate(codes), 2):
        shared = 0.02 * (facts[one][1] == facts[other][1]) + 0.01 * (facts[one][2] == facts[other][2])
        value, measured = suffers[a] + harms[b] + shared + rng.normal(0, 0.006), known[frozenset((one, other))]
        half = 0.004 if measured else 0.02
        cells.append(
            {
                "language": one,
                "added_language": other,
                "interference": value,
                "dilution": dilution[a],
                "conflict": value - dilution[a],
                "loss_alone": alone[a] if measured else None,
                "loss_half": alone[a] * (1 - dilution[a]) if measured else None,
                "loss_pair": alone[a] * (1 - value) if measured else None,
                "ci_low": value - half,
                "ci_high": value + half,
                "interval": "sentences" if measured else "prediction",
                "seeds": int(measured),
                "measured": measured,
                "conflict_low": value - dilution[a] - half,
                "conflict_high": value - dilution[a] + half,
            }
        )
    frame = pd.DataFrame(cells)

    def mean(by: str) -> dict[str, float]:
        return frame.groupby(by)["interference"].mean().to_dict() if cells else {}

    rows, columns = mean("language"), mean("added_language")
    runs = [
        {"language": one, "half": half, "seed": 1, "first_loss": 9.0, "last_loss": 9.0 - alone[at] / 3 + half}
        for at, one in enumerate(codes)
        for half in (False, True)
    ]
    groups = []
    for place, by, least in ((2, "family", 3), (1, "script", 2), (3, "resource_level", 1)):
        sizes = Counter(facts[code][place] for code in codes)
        names = [*sorted(name for name, size in sizes.items() if name and size >= least), None]
        for part in ("interference", "conflict"):
            for row in names:
                for column in names:
                    value = float(rng.normal(-0.06, 0.02))
                    groups.append(
                        {"by": by, "part": part, "row_group": row, "column_group": column, "mean": value}
                        | {"low": value - 0.01, "high": value + 0.01, "row_languages": 3, "column_languages": 3}
                        | {"cells": 9, "measured": 1 - predicted}
                    )
    sharing = []
    for part, moved in (("interference", 0.0), ("conflict", -0.02)):
        for adjusted in (False, True):
            for by, low, high in (("family", -0.004, 0.014), ("script", 0.012, 0.028), ("script - family", 0.01, 0.2)):
                compared = by == "script - family"
                value = None if compared else (low + high) / 2 + moved
                sharing.append(
                    {
                        "by": by,
                        "part": part,
                        "adjusted": adjusted,
                        "within": value,
                        "between": None,
                        "difference": value,
                    }
                    | {
                        "difference_low": None if compared else low + moved,
                        "difference_high": None if compared else high + moved,
                    }
                    | {
                        "explained": 0.1,
                        "explained_low": low,
                        "explained_high": high,
                        "p": 0.004,
                        "pairs_within": 12,
                        "measured": 0.7,
                    }
                )
    spread = {
        "mean_difference": (0.02, 0.018, 0.022),
        "correlation": (0.3, 0.1, 0.5),
        "rank_correlation": (0.2, 0.1, 0.4),
    }
    asymmetry = {"part": "interference", "pairs": 25, "noise": 0.006, "beyond_noise": 0.61}
    for name, values in spread.items():
        asymmetry |= dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))
    quantities = {
        "dilution_share": 0.52,
        "dilution_variance": 0.1,
        "cells": 0.8,
        "robustness": 0.6,
        "friendliness": 0.97,
    }
    correlation = [
        {
            "language": code,
            "part": "interference",
            "over": "row",
            "rank_correlation": value,
            "low": value - 0.3,
            "high": value + 0.3,
        }
        | {"cells": len(codes) - 1, "measured": 0.7}
        for code, value in zip(codes, rng.normal(0.2, 0.2, len(codes)), strict=True)
    ]
    correlation.append(
        {
            "part": "interference",
            "over": "rows",
            "rank_correlation": 0.21,
            "low": -0.05,
            "high": 0.4,
            "cells": 9,
            "measured": 0.7,
        }
    )
    held_out = [
        {"language": row["language"], "added_language": row["added_language"], "interference": row["interference"]}
        | {
            "predicted": row["interference"] + error,
            "low": row["interference"] + error - 0.01,
            "high": row["interference"] + error + 0.01,
        }
        for row, error in zip(cells[:200], rng.normal(0, 0.005, 200), strict=False)
    ]
    validation = [
        {"model": model, "chosen": model == "features", "draw": draw, "pairs": pairs, "held_out": 50 - pairs}
        | {"rank_correlation": rho + draw / 100 + pairs / 200, "error": 0.01 / rho, "coverage": 0.93 + draw / 100}
        | {"width": 0.03, "confidence": 0.95}
        for pairs in (5, 12, 25)
        for model, rho in (("effects", 0.6), ("features", 0.75), ("effects + rank 1", 0.65))
        for draw in range(3)
    ]
    return MatrixTables(
        interference=table(cells, schemas.INTERFERENCE),
        runs=table(runs, pa.schema([schemas.RUNS.field(name) for name in RUN_COLUMNS])),
        convergence=table(
            [
                {
                    "language": code,
                    "mean_loss": alone[at] + 0.3,
                    "loss_alone": alone[at],
                    "frequency_loss": 6.0,
                    "models": len(codes),
                    "lower": 5.4,
                }
                | {"upper": 7.2, "outlier": not 5.4 <= alone[at] + 0.3 <= 7.2}
                for at, code in enumerate(codes)
            ],
            schemas.CONVERGENCE,
        ),
        robustness=table(
            [
                {
                    "language": code,
                    "part": "interference",
                    "outliers": kept,
                    "partners": len(codes) - 1,
                    "measured": 0.7,
                }
                | {
                    "robustness": rows[code],
                    "robustness_low": rows[code] - 0.005,
                    "robustness_high": rows[code] + 0.005,
                }
                | {
                    "friendliness": columns[code],
                    "friendliness_low": columns[code] - 0.004,
                    "friendliness_high": columns[code] + 0.004,
                }
                for code in rows
                for kept in (True, False)
            ],
            schemas.ROBUSTNESS,
        ),
        groups=table(groups, schemas.GROUPS),
        sharing=table(sharing, schemas.SHARING),
        asymmetry=table([asymmetry], schemas.ASYMMETRY),
        exposure=table(
            [
                {"quantity": name, "value": value, "low": value - 0.1, "high": value + 0.02}
                for name, value in quantities.items()
            ],
            schemas.EXPOSURE,
        ),
        similarity={
            "own": table(
                [
                    {"language": a, "added_language": b, "similarity": float(rng.uniform(0.4, 0.9))}
                    for a, b in permutations(codes, 2)
                ],
                schemas.SIMILARITY,
            )
        },
        correlation={"own": table(correlation, schemas.CORRELATION)},
        validation=table(validation, schemas.VALIDATION),
        held_out=table(held_out, HELD_OUT),
        next=table(
            [
                {"rank": 1, "first": code, "second": codes[0], "deviation": 0.012, "remaining": 0.93}
                for code in codes[1:2]
            ],
            schemas.NEXT,
        ),
        facts=table(
            [
                {
                    "language": code,
                    **dict(zip(("name", "script", "family", "resource_level"), facts[code], strict=True)),
                }
                for code in codes
            ],
            pa.schema([(name, pa.string()) for name in ("language", "name", "script", "family", "resource_level")]),
        ),
    )


@pytest.fixture(scope="session")
def make_matrix() -> Callable[..., MatrixTables]:
    return build_matrix


@pytest.fixture(scope="session")
def nine() -> MatrixTables:
    return build_matrix([f"q{letter}a_Latn" for letter in "abcdefghi"])
