"""Mixes are trained on demand, compared with what pairs let expect, and quoted in the advice."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq

from crosstalk.matrix import schemas
from tests.integration.test_export import crosstalk
from tests.workflow.copies import Copy

CHECK = "results/matrix/advice_check.parquet"


def test_mixes_of_two_are_as_their_pairs_and_the_check_is_quoted(again: Copy) -> None:
    changes = {"matrix": {"check": {"sizes": [2]}}}
    assert again.planned(CHECK, **changes) == {"mix": 1, "advice_check": 1}
    run = again.run(CHECK, **changes)
    assert run.returncode == 0, run.stdout
    matrix = again.folder / "results" / "matrix"
    for name in ("mixes/2", "advice_check", "advice_ranks"):
        schema = {"mixes/2": schemas.MIX_RUNS, "advice_check": schemas.ADVICE_CHECK}.get(name, schemas.ADVICE_RANKS)
        assert pq.read_schema(matrix / f"{name}.parquet").remove_metadata().equals(schema)
    checked = pq.read_table(matrix / "advice_check.parquet").to_pandas()
    assert len(checked) == 2 * 3
    np.testing.assert_allclose(checked["realised"], checked["expected"], atol=1e-5)

    said = crosstalk(again.folder, "advise", "--keep", "eng_Latn", "--add", "1", "--json")
    assert said.returncode == 0, said.stderr
    found = json.loads(said.stdout)
    assert [set(mix["mix"]) for mix in found["mixes"]] in (
        [{"eng_Latn", "qaa_Latn"}, {"eng_Latn", "qab_Cyrl"}],
        [{"eng_Latn", "qab_Cyrl"}, {"eng_Latn", "qaa_Latn"}],
    )
    assert {row["size"] for row in found["check"]} == {2, None}


def test_the_check_is_no_part_of_the_default(finished: Copy) -> None:
    assert finished.planned() == {}
    assert not (finished.folder / "results" / "matrix" / "mixes").exists()
