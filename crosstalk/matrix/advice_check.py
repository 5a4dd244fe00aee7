"""Do pairs foretell mixes? Expected interference beside that of mixes that were trained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Float

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.association import spearman
from crosstalk.matrix.bootstrap import bounds, with_resamples
from crosstalk.matrix.expectation import effects, pairs_of, suffered
from crosstalk.matrix.interference import relative_change
from crosstalk.matrix.schemas import ADVICE_CHECK, ADVICE_RANKS


def check(runs: pd.DataFrame, mixes: pd.DataFrame, cells: pd.DataFrame) -> pa.Table:
    """ADVICE_CHECK of trained ``mixes`` (MIX_RUNS), languages alone (RUNS), and what the ``cells`` let expect.

    Raises CrosstalkError when there are none, or one has a language that lacks a cell or a run alone with its seed.
    """
    if mixes.empty:
        raise CrosstalkError("mixes: none; expected matrix.check.sizes that the languages allow, or mixes under also")
    alone = runs[runs["added_language"].isna() & ~runs["half"].astype(bool)]
    joined = mixes.assign(mix=mixes["mix"].map(tuple)).merge(
        alone[["language", "seed", "loss"]], how="left", on=["language", "seed"], suffixes=("_mix", "_alone")
    )
    if (lacking := joined[joined["loss_alone"].isna()]).size:
        language, seed = lacking[["language", "seed"]].iloc[0]
        raise CrosstalkError(f"runs: {language} alone (seed {seed}) is missing; expected it for every mix")
    alone_loss, mix_loss = (joined[name].to_numpy(float) for name in ("loss_alone", "loss_mix"))
    joined["realised"] = relative_change(alone_loss, mix_loss, alone_loss)
    by = joined.groupby(["mix", "language"], sort=True)
    table = by[["realised", "loss_alone", "loss_mix"]].mean().assign(seeds=by.size()).reset_index()
    table["size"] = table["mix"].map(len)
    expected = pd.DataFrame(_expected(cells, sorted(set(table["mix"]))))
    table = table.merge(expected, on=["mix", "language"]).sort_values(["size", "mix", "language"], kind="stable")
    table["mix"] = table["mix"].map(list)
    return pa.Table.from_pandas(table[ADVICE_CHECK.names], schema=ADVICE_CHECK, preserve_index=False)


def _expected(cells: pd.DataFrame, mixes: list[tuple[str, ...]]) -> Iterator[dict[str, Any]]:
    pairs = pairs_of(cells)
    for mix in mixes:
        if unknown := sorted({*mix} - {*pairs.languages}):
            raise CrosstalkError(f"interference: {unknown[0]} is missing; expected cells for every language of a mix")
        at = np.array([[pairs.languages.index(name) for name in mix]])
        found = effects(pairs, len(mix))
        each, widths = suffered(found.values, at)[0], suffered(found.half_width, at)[0]
        if np.isnan(each).any():
            raise CrosstalkError(f"interference: cells of {'+'.join(mix)} are missing; expected one for every pair")
        for language, value, width in zip(mix, each, widths, strict=True):
            yield {
                "mix": mix, "language": language, "expected": value, "ci_low": value - width, "ci_high": value + width
            }  # fmt: skip


def ranks(checked: pd.DataFrame, confidence: float, seed: int = 0) -> pa.Table:
    """ADVICE_RANKS of ADVICE_CHECK rows; sizes with fewer than three mixes count for nothing."""
    checked = checked.assign(mix=checked["mix"].map(tuple))
    rows: list[dict[str, Any]] = []
    for objective in ("worst", "mean", "language", "partners"):
        rows += _of(_summarised(checked, objective), objective, confidence, seed)
    return pa.Table.from_pylist(rows, schema=ADVICE_RANKS)


def _summarised(checked: pd.DataFrame, objective: str) -> pd.DataFrame:
    """A row for each mix, or each language of each mix, with what is to be ranked: ``forecast`` and ``found``."""
    if objective in ("worst", "mean"):
        how = "min" if objective == "worst" else "mean"
        columns = ["expected", "realised", "ci_low", "ci_high"]
        checked = checked.groupby(["size", "mix"], sort=True)[columns].agg(how).reset_index()
    ranked = checked[["expected", "realised"]]
    if objective == "partners":
        ranked = ranked - checked.groupby(["size", "language"])[["expected", "realised"]].transform("mean")
    return checked.assign(forecast=ranked["expected"], found=ranked["realised"])


def _of(table: pd.DataFrame, objective: str, confidence: float, seed: int) -> Iterator[dict[str, Any]]:
    draws, errors, within, counts = [], [], [], []
    for size in sorted(set(table["size"])):
        rows = table[table["size"] == size]
        names = list(dict.fromkeys(rows["mix"]))
        if len(names) < 3:
            continue
        place = rows["mix"].map({name: at for at, name in enumerate(names)}).to_numpy()
        weights = with_resamples(["+".join(name) for name in names], seed)[:, place]
        found = spearman(rows["forecast"].to_numpy(), rows["found"].to_numpy(), weights)
        squares = ((rows["expected"] - rows["realised"]) ** 2).to_numpy()
        inside = rows["realised"].between(rows["ci_low"], rows["ci_high"]).to_numpy()
        yield _row(objective, int(size), len(names), found, squares, inside, confidence)
        draws.append(found)
        errors.append(squares)
        within.append(inside)
        counts.append(len(names))
    if draws:
        whole = np.concatenate(errors), np.concatenate(within)
        yield _row(objective, None, sum(counts), np.mean(draws, axis=0), *whole, confidence)


def _row(
    objective: str,
    size: int | None,
    mixes: int,
    drawn: Float[np.ndarray, " draws"],
    squares: np.ndarray,
    inside: np.ndarray,
    confidence: float,
) -> dict[str, Any]:
    value, low, high = (None if np.isnan(x) else float(x) for x in (drawn[0], *bounds(drawn[1:], confidence)))
    return {
        "objective": objective, "size": size, "mixes": mixes, "rank_correlation": value, "low": low, "high": high,
        "error": float(np.sqrt(squares.mean())), "inside": float(inside.mean()), "confidence": confidence,
    }  # fmt: skip
