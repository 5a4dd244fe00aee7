"""Maps of languages and layers: their numbers are those of the tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from crosstalk.report.data import Benchmark, ReportData
from crosstalk.report.language_maps import importance_map, overlap_map, unit_map
from crosstalk.report.multimodal_data import Multimodal
from crosstalk.report.neurons import layer_sharing, overlaps


def partition(*units: tuple[int, str]) -> pd.DataFrame:
    """(layer, roles of the languages a, b, c by their first letters) of each unit."""
    names = {"s": "syntactic", "m": "semantic", "o": "other"}
    return pd.DataFrame(
        {"site": "ffn", "layer": layer, "unit": unit, "language": language, "role": names[role]}
        for unit, (layer, roles) in enumerate(units)
        for language, role in zip("abc", roles, strict=True)
    )


def test_sharing_by_hand() -> None:
    rows = partition((0, "sso"), (0, "soo"), (0, "oso"), (0, "mms"), (1, "ooo")).pipe(layer_sharing)
    first = rows[rows["layer"] == 0].set_index("language")
    # a has units 0, 1; b 0, 2; c 3: a and b share 1 of 3, with c nobody shares.
    assert first["jaccard"].tolist() == pytest.approx([1 / 6, 1 / 6, 0.0])
    assert first["own"].tolist() == [0.5, 0.5, 1.0]
    assert rows.loc[rows["layer"] == 1, ["jaccard", "own"]].isna().all(axis=None)


def test_maps_hold_the_tables(report: Callable[..., ReportData], benchmark_tables: Benchmark) -> None:
    found = unit_map(report(), "world")
    assert found is not None
    count = len(found.data["languages"]) * len(found.data["layers"])
    assert [layer["name"] for layer in found.data["layers"]] == ["Layer 0", "Layer 1"]
    assert found.data["languages"][0] == "English"
    titles = [measure["title"] for measure in found.data["measures"]]
    assert titles == ["variance", "silent units", "overlap with other languages", "syntax-sensitive units of its own"]
    for measure in found.data["measures"]:
        assert len(measure["values"]) == count
        assert sorted(measure["similar"]) == list(range(len(found.data["languages"])))
        assert measure["low"] <= min(measure["values"]) * 1.001
    profile = benchmark_tables.profiles["paraphrase"].to_pandas()
    units = profile[(profile["language"] == "eng_Latn") & (profile["layer"] == 1) & (profile["within"] > 0)]
    assert found.data["measures"][0]["values"][1] == pytest.approx(units["within"].median(), rel=1e-3)
    assert found.data["measures"][1]["values"][1] == pytest.approx(1 / 40)


def test_overlaps_of_pairs_are_a_square(report: Callable[..., ReportData], benchmark_tables: Benchmark) -> None:
    found = overlap_map(report(), "world")
    assert found is not None
    (measure,) = found.data["measures"]
    square = np.array(measure["values"], dtype=float).reshape(4, 4)
    assert np.isnan(np.diag(square)).all()
    assert np.array_equal(square, square.T, equal_nan=True)
    rows = overlaps(benchmark_tables.partitions["paraphrase.variance"].to_pandas()).set_index(["first", "second"])
    assert square[0, 1] == pytest.approx(rows.loc[("eng_Latn", "qaa_Latn"), "jaccard"], rel=1e-3)


def test_what_is_absent_has_no_map(report: Callable[..., ReportData], benchmark_tables: Benchmark) -> None:
    def without(**changes: object) -> ReportData:
        return report(benchmarks={"world": dataclasses.replace(benchmark_tables, **changes)})

    assert unit_map(without(profiles={}, partitions={}), "world") is None
    assert overlap_map(without(partitions={}), "world") is None
    alone = unit_map(without(profiles={}), "world")
    assert alone is not None
    assert len(alone.data["measures"]) == 2


def test_importance_is_one_minus_similarity() -> None:
    layers = pd.DataFrame(
        {"layer": [0, 1], "module": ["p", "q"], "units": 4, "language": "fra_Latn", "similarity": [0.9, 0.25]}
    )
    found = importance_map(Multimodal(pd.DataFrame(), layers={"scenes": layers}), "scenes")
    assert found is not None
    assert found.data["measures"][0]["values"] == [0.1, 0.75]
    assert found.data["layers"] == [{"name": "0", "note": "p"}, {"name": "1", "note": "q"}]
    assert importance_map(Multimodal(pd.DataFrame()), "scenes") is None
