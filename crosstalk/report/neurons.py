"""What profiles and partitions say about units, in tables small enough to show."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import pandas as pd

from crosstalk.report.figures.neurons import QUANTILES

_UNIT = ["site", "layer", "unit"]


def quantiles(profile: pd.DataFrame) -> pd.DataFrame:
    """Quantiles of the variance inside sets over the units of each layer (``place`` is its name) and language.

    Units that never vary have no place on a logarithmic axis: ``silent`` counts them and the quantiles leave them out.
    """
    by = ["layer", "language"]
    varying = profile[profile["within"] > 0]
    sizes = profile.groupby(by).agg(site=("site", "first"), units=("within", "size"))
    sizes = sizes.assign(silent=sizes["units"] - varying.groupby(by).size().reindex(sizes.index, fill_value=0))
    found = varying.groupby(by)["within"].quantile(np.array(list(QUANTILES.values()))).unstack()
    found = found.set_axis(list(QUANTILES), axis="columns").reindex(sizes.index)
    rows = sizes.join(found).reset_index()
    layers = "Layer " + rows["layer"].astype(str)
    return rows.assign(place=layers.where(rows["site"] != "output", "Encoder output")).drop(columns="site")


def role_counts(partition: pd.DataFrame) -> pd.DataFrame:
    """Units of each layer by role over all languages: ``layer, role, units`` with the roles of the figure."""
    languages = partition["language"].nunique()
    taken = (
        partition.assign(syntactic=partition["role"] == "syntactic", semantic=partition["role"] == "semantic")
        .groupby(_UNIT)[["syntactic", "semantic"]]
        .sum()
    )
    role = np.select(
        [
            taken["syntactic"] == 1,
            (taken["syntactic"] > 0) & (taken["syntactic"] == languages),
            taken["syntactic"] > 0,
            taken["semantic"] > 0,
        ],
        ["syntactic in one language", "syntactic in all", "syntactic in several", "semantic"],
        default="other",
    )
    counts = taken.assign(role=role).groupby(["layer", "role"]).size()
    return counts.rename("units").reset_index()


def overlaps(partition: pd.DataFrame) -> pd.DataFrame:
    """Jaccard overlap of the syntactic units of every two languages: ``first, second, jaccard, expected, shared``.

    ``expected`` is that of two random sets with the same sizes in each layer, drawn among the units that are semantic
    in neither language (the ratio of expected sizes).
    """
    roles = partition.set_index([*_UNIT, "language"])["role"].unstack("language")
    layer = pd.factorize(roles.index.get_level_values("layer"))[0]
    syntactic = {language: roles[language].to_numpy() == "syntactic" for language in roles}
    semantic = {language: roles[language].to_numpy() == "semantic" for language in roles}
    rows = []
    for first, second in combinations_with_replacement(roles.columns, 2):
        a, b, free = syntactic[first], syntactic[second], ~(semantic[first] | semantic[second])
        in_a, in_b, in_free = (np.bincount(layer, weights=units & free) for units in (a, b, free))
        by_chance = float((in_a * in_b / np.maximum(in_free, 1)).sum())
        shared, either, total = int((a & b).sum()), int((a | b).sum()), int(a.sum() + b.sum())
        row = {
            "jaccard": shared / either if either else np.nan,
            "expected": by_chance / (total - by_chance) if either else np.nan,
            "shared": shared,
        }
        rows.append({"first": first, "second": second, **row})
        if first != second:
            rows.append({"first": second, "second": first, **row})
    return pd.DataFrame(rows)


def distinct(overlap: pd.DataFrame) -> pd.DataFrame:
    """Each pair of different languages once."""
    return overlap[overlap["first"] < overlap["second"]]


def layer_sharing(partition: pd.DataFrame) -> pd.DataFrame:
    """How the syntactic units of each layer are shared: ``layer, language, jaccard, own``.

    ``jaccard`` is the mean overlap with each other language, ``own`` the share of the language's units that are
    syntactic in no other; NaN where there is none.
    """
    rows = []
    for layer, units in partition.groupby("layer", sort=True):
        roles = units.set_index([*_UNIT, "language"])["role"].unstack("language")
        taken = (roles == "syntactic").to_numpy().astype(float)
        sizes, shared = taken.sum(axis=0), taken.T @ taken
        either = sizes[:, None] + sizes - shared
        jaccard = np.divide(shared, either, out=np.full_like(shared, np.nan), where=either > 0)
        np.fill_diagonal(jaccard, np.nan)
        alone = taken[taken.sum(axis=1) == 1].sum(axis=0)
        known = np.isfinite(jaccard)
        means = np.where(known, jaccard, 0).sum(axis=1) / np.where(known.any(axis=1), known.sum(axis=1), np.nan)
        own = np.divide(alone, sizes, out=np.full_like(alone, np.nan), where=sizes > 0)
        rows.append(pd.DataFrame({"layer": layer, "language": roles.columns, "jaccard": means, "own": own}))
    return pd.concat(rows, ignore_index=True)
