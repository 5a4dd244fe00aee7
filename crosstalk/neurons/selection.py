"""From a profile to the partition: the semantic core and each language's syntax-sensitive units (NRD §3.2.1)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from crosstalk.artefacts import PARTITION
from crosstalk.config.nrd import Selection
from crosstalk.errors import CrosstalkError

Matrix = NDArray[np.float64]


def partition(profile: pd.DataFrame, settings: Selection, how: str = "variance") -> pa.Table:
    """PARTITION rows from PROFILE rows: roles ``semantic``, ``syntactic`` and ``other`` for every language and unit.

    N_sem is one set for all languages, N_syn one for each (NRD §3.2.1). ``how`` is a method's statistic: with
    ``frequency`` N_sem are the units of the highest mean share of tokens on which they are active; with ``random`` the
    units of a layer (of the model, by ``settings.scope``) swap their roles, so that all sizes and overlaps stay.
    Raises CrosstalkError when a language lacks units that another has.
    """
    places = profile.loc[profile["site"] == settings.site]
    if places.empty:
        raise CrosstalkError(f"selection.site: the profile has no units of site {settings.site!r}")
    statistic = places["within"]
    if settings.scale == "icc":
        statistic = (statistic / places["total"].where(places["total"] > 0)).fillna(0.0)
    table = places.assign(statistic=statistic).pivot(
        index=["site", "layer", "unit"], columns="language", values="statistic"
    )
    active = places.pivot(index=["site", "layer", "unit"], columns="language", values="active")
    if table.isna().any(axis=None):
        raise CrosstalkError("profile: some languages lack units that others have; profile them with the same model")
    values = table.to_numpy()
    alive = active.to_numpy().max(axis=1) >= settings.min_active
    layers = table.index.get_level_values("layer").to_numpy()
    scope = layers if settings.scope == "layer" else np.zeros_like(layers)
    semantic, syntactic = np.zeros(len(values), bool), np.zeros(values.shape, bool)
    for part in np.unique(scope):
        here = np.flatnonzero((scope == part) & alive)
        draw = np.random.default_rng([settings.seed, int(part)]).permutation(len(here))
        ranks = _ranks(values[here], draw)
        if how == "frequency":
            often = -active.to_numpy()[here]
            by_mean = settings.model_copy(update={"semantic": "mean"})
            semantic[here] = semantic_core(often, _ranks(often, draw), draw, by_mean)
        else:
            semantic[here] = semantic_core(values[here], ranks, draw, settings)
        most = len(here) - round(settings.p_syn * len(here))
        syntactic[here] = ranks >= most
    role = np.full(values.shape, "other", dtype=object)
    both = semantic[:, None] & syntactic
    role[np.broadcast_to(semantic[:, None], role.shape)] = "semantic"
    role[syntactic] = "syntactic"
    role[both] = {"semantic": "semantic", "syntactic": "syntactic", "neither": "other"}[settings.overlap]
    if how == "random":
        for part in np.unique(scope):
            here = np.flatnonzero((scope == part) & alive)
            role[here] = role[np.random.default_rng([settings.seed, int(part), 1]).permutation(here)]
    frame = table.stack().reset_index(name="statistic")  # type: ignore[call-overload]
    frame["role"] = role.reshape(-1)
    return pa.Table.from_pandas(frame[PARTITION.names], schema=PARTITION, preserve_index=False)


def _ranks(values: Matrix, draw: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rank of each unit in each column, 0 lowest; ties are broken by ``draw`` [units] (METHODS §1, 18)."""
    ranks = np.empty(values.shape, np.int64)
    for column in range(values.shape[1]):
        ranks[np.lexsort((draw, values[:, column])), column] = np.arange(len(values))
    return ranks


def semantic_core(
    values: Matrix, ranks: NDArray[np.int64], draw: NDArray[np.int64], settings: Selection
) -> NDArray[np.bool_]:
    """N_sem, one set for all languages, from statistics and ranks [units, languages] -> [units] (NRD §3.2.1).

    Ties of the score are broken by ``draw`` [units].
    """
    count = round(settings.p_sem * len(values))
    low = ranks < count
    if settings.semantic == "intersection":
        return np.asarray(low.all(axis=1))
    if settings.semantic == "vote":
        return np.asarray(low.sum(axis=1) * 2 > low.shape[1])
    score = ranks.mean(axis=1) if settings.semantic == "rank" else values.mean(axis=1)
    chosen = np.zeros(len(values), bool)
    chosen[np.lexsort((draw, score))[:count]] = True
    return chosen


def units(frame: pd.DataFrame, language: str, role: str) -> dict[int, NDArray[np.int64]]:
    """Unit numbers by layer of one language's role, layers without any included as empty."""
    layers = sorted(frame["layer"].unique())
    chosen = frame[(frame["language"] == language) & (frame["role"] == role)]
    return {int(layer): np.sort(chosen.loc[chosen["layer"] == layer, "unit"].to_numpy(np.int64)) for layer in layers}
