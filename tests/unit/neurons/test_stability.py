from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

from crosstalk.artefacts import SETS
from crosstalk.neurons.stability import halves, stability


def sets(members: int) -> pa.Table:
    rows = [
        {"set_id": f"s{number}", "language": "x", "member": member, "text": f"{number} {member}", "overlap": 1.0}
        for number in range(5)
        for member in range(members)
    ]
    return pa.Table.from_pylist(rows, schema=SETS)


def test_halves_differ_in_sentences_or_in_paraphrases():
    found = {how: [part.to_pandas() for part in parts] for how, parts in halves(sets(5)).items()}
    first, second = found["sentences"]
    assert (set(first["set_id"]), set(second["set_id"])) == ({"s0", "s2", "s4"}, {"s1", "s3"})
    first, second = found["draws"]
    assert (set(first["member"]), set(second["member"])) == ({0, 1, 3}, {0, 2, 4})
    assert set(first["set_id"]) == set(second["set_id"]) == {f"s{number}" for number in range(5)}
    assert list(halves(sets(2))) == ["sentences"]


def partition(roles: str) -> pd.DataFrame:
    """One layer, a letter a unit: m semantic, y syntactic."""
    names = {"m": "semantic", "y": "syntactic", ".": "other"}
    return pd.DataFrame(
        [{"layer": 0, "unit": i, "language": "x", "role": names[letter]} for i, letter in enumerate(roles)]
    )


def test_overlap_and_what_chance_gives_by_hand():
    found = stability({("draws", "first"): partition("mmyy...."), ("draws", "second"): partition("m.yy.y.m")})
    rows = {row["role"]: row for row in found.to_pylist()}
    # One of three semantic units is in both; by chance 2 x 2 / 8 = 0.5 of four would be: 0.5 / 3.5.
    assert rows["semantic"]["jaccard"] == pytest.approx(1 / 3)
    assert rows["semantic"]["expected"] == pytest.approx(0.5 / 3.5)
    # Two of three; five units are semantic in neither, of which 2 and 3 are chosen: 1.2 / 3.8.
    assert rows["syntactic"]["jaccard"] == pytest.approx(2 / 3)
    assert rows["syntactic"]["expected"] == pytest.approx(1.2 / 3.8)
    assert {row["differs"] for row in found.to_pylist()} == {"draws"}


def test_no_units_have_no_overlap():
    found = stability({("draws", half): partition("....") for half in ("first", "second")})
    assert found["jaccard"].to_pylist() == [None, None]


def test_the_same_units_overlap_wholly():
    found = stability({("sentences", half): partition("my.y") for half in ("first", "second")})
    assert found["jaccard"].to_pylist() == [1.0, 1.0]
