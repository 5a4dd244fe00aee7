"""The matrix to explore on the page: what its script needs to know, and in which orders it can be shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.cluster.hierarchy import leaves_list, linkage

from crosstalk.matrix.cells import INTERFERENCE_PARTS
from crosstalk.report.matrix_charts import means
from crosstalk.report.matrix_data import HASHES, MatrixTables
from crosstalk.report.matrix_squares import reach

_INTERVALS = {"seeds": "seeds", "sentences": "evaluation sentences", "prediction": "the errors of held-out cells"}
_BOUNDS = ("ci_low", "ci_high", "dilution_low", "dilution_high", "conflict_low", "conflict_high")
_LOSSES = ("loss_alone", "loss_half", "loss_pair")
_GROUPED = {"family": "family", "script": "script", "resource_level": "resource level"}


@dataclass(frozen=True)
class Heatmap:
    """``data`` for the page's script; ``parts`` that can be shown, ``orders`` key -> what it is called."""

    data: dict[str, Any]
    parts: list[str]
    orders: dict[str, str]
    predicted: bool


def heatmap(tables: MatrixTables) -> Heatmap | None:
    """The matrix over all its languages; None without cells.

    Shares and nats are rounded to six decimals, a hundredth of what is shown of them.
    """
    languages = tables.languages
    if not languages:
        return None
    place = {code: at for at, code in enumerate(languages)}
    rows = tables.cells
    at = rows["language"].map(place).to_numpy() * len(languages) + rows["added_language"].map(place).to_numpy()

    def spread(values: Iterable[Any], missing: Any) -> list[Any]:
        cells = [missing] * len(languages) ** 2
        for cell, value in zip(at, values, strict=True):
            cells[cell] = value
        return cells

    kinds = list(dict.fromkeys(rows["interval"].dropna()))
    orders = _orders(tables)
    parts = [part for part in INTERFERENCE_PARTS if rows[part].notna().any()]
    data = {
        "languages": [{"code": code, "name": tables.name(code), "facts": _facts(tables, code)} for code in languages],
        "cells": {name: spread(_rounded(rows[name]), None) for name in (*INTERFERENCE_PARTS, *_BOUNDS, *_LOSSES)},
        "predicted": spread((~rows["measured"].astype(bool)).astype(int).tolist(), 0),
        "interval": spread((kinds.index(kind) if kind in kinds else -1 for kind in rows["interval"]), -1),
        "seeds": spread(rows["seeds"].fillna(0).astype(int).tolist(), 0),
        "run": spread(_runs(tables), -1),
        "parts": parts,
        "intervals": [_INTERVALS.get(kind, kind) for kind in kinds],
        "reach": reach(rows["interference"]),
        "orders": [
            {"key": key, **{name: order[name] for name in ("order", "groups")}} for key, order in orders.items()
        ],
    }
    titles = {key: order["title"] for key, order in orders.items()}
    return Heatmap(data, parts, titles, bool((~rows["measured"].astype(bool)).any()))


def _runs(tables: MatrixTables) -> list[int]:
    """Place in ``tables.hashes`` of the pair's run of each cell; -1 of a cell without one."""
    if tables.runs is None:
        return [-1] * len(tables.cells)
    place = {hashes: at for at, hashes in enumerate(tables.hashes)}
    columns = (tables.runs[name].to_pylist() for name in ("language", "added_language", *HASHES))
    known = {(one, other): place.get(tuple(hashes), -1) for one, other, *hashes in zip(*columns, strict=True)}
    return [known.get(pair, -1) for pair in zip(tables.cells["language"], tables.cells["added_language"], strict=True)]


def clustered(profiles: Float[np.ndarray, "languages features"]) -> list[int]:
    """Places of languages so that those with like profiles stand together: average linkage of Euclidean distances.

    What is missing (NaN) counts as the feature's mean.
    """
    if len(profiles) < 3:
        return list(range(len(profiles)))
    known = np.isfinite(profiles)
    mean = np.where(known, profiles, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, profiles, mean)
    return leaves_list(linkage(filled, "average", optimal_ordering=True)).tolist()


def _orders(tables: MatrixTables) -> dict[str, dict[str, Any]]:
    languages = tables.languages
    places = range(len(languages))
    orders: dict[str, dict[str, Any]] = {}
    for column, title in _GROUPED.items():
        known = tables.fact(column)
        groups = [known.get(code, "unknown") for code in languages]
        if known.keys() & set(languages):
            order = sorted(places, key=lambda at: (groups[at] == "unknown", groups[at], tables.name(languages[at])))
            orders[column] = {"title": title, "order": order, "groups": groups}
    rows = means(tables, outliers=True)
    for column in ("robustness", "friendliness"):
        if not rows.empty:
            value = rows.set_index("language")[column].reindex(languages).fillna(-np.inf).tolist()
            order = sorted(places, key=lambda at: -value[at])
            orders[column] = {"title": f"{column}, highest first", "order": order, "groups": None}
    square = tables.cells.pivot_table(index="language", columns="added_language", values="interference", dropna=False)
    values = square.reindex(index=languages, columns=languages).to_numpy(float)
    orders["similar"] = {
        "title": "similar rows and columns",
        "order": clustered(np.hstack([values, values.T])),
        "groups": None,
    }
    by_name = sorted(places, key=lambda at: tables.name(languages[at]))
    orders["name"] = {"title": "name", "order": by_name, "groups": None}
    return orders


def _facts(tables: MatrixTables, code: str) -> str:
    level = tables.fact("resource_level").get(code)
    known = [tables.fact("family").get(code), tables.fact("script").get(code), level and f"{level} resource level"]
    return ", ".join(filter(None, known))


def _rounded(values: pd.Series) -> list[float | None]:
    return [None if value is None or np.isnan(value) else round(value, 6) for value in values.astype(float).tolist()]
