"""Where numbers come from: every one leads to a row that tells its file, hashes and command."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from crosstalk.artefacts import SCORES
from crosstalk.report import score_tables
from crosstalk.report.data import ReportData
from crosstalk.report.gather import file_origins
from crosstalk.report.origin import REMAKE, Origin
from crosstalk.report.origins import anchors, known, origins, origins_table
from crosstalk.report.table import Cell, Table

HASHES = ("c", "d", "commit")


def test_keys_are_as_long_as_what_is_told() -> None:
    def key(where: dict[str, str], head: dict[str, str] | None, sort: float | None = 1.0) -> str:
        line = [Cell("a", where={"method": "nrd"}), Cell("1", sort=sort)]
        table = Table("", "", ["", ""], [line], "scores/{benchmark}/{method}/{seed}", where, [{}, head])
        return table.key(0, 1)

    assert key({"benchmark": "world"}, {}) == "scores/world/nrd"
    assert key({"benchmark": "world"}, {"seed": "1"}) == "scores/world/nrd/1"
    assert key({}, {}) == "scores"
    assert key({"benchmark": "world"}, None) == ""
    assert key({"benchmark": "world"}, {}, sort=None) == key({"benchmark": "world"}, {}, sort=float("nan")) == ""


def test_scores_of_every_method_and_seed_have_an_origin(report: Callable[..., ReportData]) -> None:
    found = {origin.key: origin for origin in origins(report())}
    assert set(found) == {f"scores/world/{name}/1" for name in ("xlmt", "nrd", "nrd_ft", "nrd-alpha-0", "nrd-k-2")}
    nrd = found["scores/world/nrd/1"]
    assert nrd.file == "results/nmt/world/1/nrd/scores.parquet"
    assert (nrd.configuration, nrd.data, nrd.commit) == ("0f3c5a7e91d2", "a1b2c3d4e5f6", "4d5e6f708192")
    assert nrd.command == f"{REMAKE} results/nmt/world/1/nrd/scores.parquet"


def test_every_score_leads_to_its_method(report: Callable[..., ReportData]) -> None:
    data = report()
    found = origins(data)
    places = anchors(found)
    tables = score_tables.score_tables(data, "world")
    directions = score_tables.direction_table(data, "world")
    assert directions is not None
    numbers = 0
    for table in (*tables, directions):
        for line, cells in enumerate(table.rows):
            for column, cell in enumerate(cells):
                key = table.key(line, column)
                assert bool(key) == cell.is_number
                if key:
                    numbers += 1
                    owner = found[int(places[key].removeprefix("from-")) - 1]
                    assert owner.key.startswith(f"{key}/")
    assert numbers > 50


def test_anchors_are_rows_of_the_table() -> None:
    found = [
        Origin("gamma/a/one", "f1", *HASHES),
        Origin("gamma/a/two", "f2", *HASHES),
        Origin("truth/a", "f3", *HASHES),
    ]
    assert anchors(found) == {
        "gamma": "from-1", "gamma/a": "from-1", "gamma/a/one": "from-1", "gamma/a/two": "from-2",
        "truth": "from-3", "truth/a": "from-3",
    }  # fmt: skip
    table = origins_table(found)
    assert table is not None
    assert [line[0].text for line in table.rows] == ["f1", "f2", "f3"]
    assert table.anchor == "from-"
    assert origins_table([]) is None


def test_commands_are_safe_to_paste() -> None:
    file = "results/a; rm -rf $HOME/'x.parquet"
    assert shlex.split(Origin("k", file, *HASHES).command)[-1] == file


def test_files_are_named_by_their_contents(tmp_path: Path) -> None:
    for name in ("gamma", "other", "matrix", "text"):
        (tmp_path / name).write_text(name)
    files = {
        "gamma": {("world", "foundation"): tmp_path / "gamma", ("world", "lost"): tmp_path / "lost"},
        "hypotheses": {("world", "nrd"): tmp_path / "text"},
    }
    matrix = {"correlation.own": tmp_path / "matrix", "runs.0": tmp_path / "other"}
    multimodal = {"scores": "a", "layers": {"scenes": tmp_path / "other"}}
    curves = [("nld_Latn.low1", 2, str(tmp_path / "other")), ("nld_Latn.low1", 3, "lost")]
    downstream = {"scores": "b", "partners": "lost", "curves": curves, "papers": {}}
    found = {origin.key: origin for origin in file_origins(files, matrix, multimodal, downstream, "c", "k")}
    assert set(found) == {
        "gamma/world/foundation", "matrix/correlation/own", "layers/scenes", "mixture/nld_Latn.low1/2"
    }  # fmt: skip
    gamma = found["gamma/world/foundation"]
    # printf gamma | sha256sum
    assert gamma.data == "be9d587defa1"
    assert gamma.own
    assert (gamma.configuration, gamma.commit) == ("c", "k")


@pytest.mark.parametrize("seeds", [1, 3])
def test_the_page_knows_signatures_and_files(report: Callable[..., ReportData], seeds: int) -> None:
    data = report()
    benchmark = data.benchmarks["world"]
    assert benchmark.scores is not None
    rows = benchmark.scores.to_pandas()
    several = [rows.assign(seed=seed) for seed in range(1, seeds + 1)]
    scores = pa.Table.from_pandas(pd.concat(several), schema=SCORES, preserve_index=False)
    data = report(benchmarks={"world": dataclasses.replace(benchmark, scores=scores)})
    told = known(data, origins(data))
    assert len([origin for origin in told["origins"] if origin["key"].startswith("scores/world/nrd/")]) == seeds
    assert told["signatures"]["world"]["BLEU"].startswith("nrefs:1|case:mixed")
    assert "chrF++" not in told["signatures"]["world"]
