"""python -m crosstalk advise."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from crosstalk import __main__ as command_line
from crosstalk.artefacts import read_table, write_table
from crosstalk.matrix.facts import MATRIX83
from crosstalk.matrix.schemas import ADVICE, ADVICE_RANKS, INTERFERENCE

NAMES = ["ell_Grek", "nld_Latn", "deu_Latn", "fra_Latn", "tur_Latn"]


def written(cells: pd.DataFrame, file: Path) -> Path:
    write_table(pa.Table.from_pandas(cells, schema=INTERFERENCE, preserve_index=False), file, INTERFERENCE)
    return file


@pytest.fixture
def cells(square_of) -> pd.DataFrame:
    return square_of(NAMES, np.random.default_rng(0).normal(-0.03, 0.02, (5, 5)))


@pytest.fixture
def matrix(cells, tmp_path: Path) -> Path:
    return written(cells, tmp_path / "interference.parquet")


@pytest.fixture
def said(matrix: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run(*options: str) -> str:
        assert command_line.main(["advise", "--matrix", str(matrix), *options]) == 0
        return capsys.readouterr().out

    return run


def ranked(file: Path) -> None:
    rows = [
        {"objective": name, "size": size, "mixes": 12 if size else 24, "rank_correlation": value, "low": value - 0.2,
         "high": value + 0.1, "error": 0.013, "inside": 0.5, "confidence": 0.95}
        for name, value in (("worst", 0.71), ("mean", 0.82), ("language", 0.6), ("partners", 0.3))
        for size in (3, 4, None)
    ]  # fmt: skip
    write_table(pa.Table.from_pylist(rows, schema=ADVICE_RANKS), file, ADVICE_RANKS)


def test_a_person_reads_mixes_languages_and_how_far_to_trust_them(said) -> None:
    text = said("--keep", "ell_Grek, nld_Latn", "--add", "2")
    assert text.startswith(
        "3 mixes of ell_Grek, nld_Latn and 2 of 3 others, by the expected interference of the language"
    )
    lines = text.splitlines()
    (head,) = [at for at, line in enumerate(lines) if "expected" in line and "interval" in line and "worst off" in line]
    mixes = lines[head + 1 : head + 4]
    assert [line.split()[0] for line in mixes] == ["1", "2", "3"]
    assert all(line.split()[1:3] == ["ell_Grek", "nld_Latn"] for line in mixes)
    assert len({line.index("[") for line in mixes}) == 1
    assert sum("(kept)" in line for line in lines) == 2
    assert text.count("To drop first, of ") in (1, 2)
    assert "of those to keep" in text
    assert "Not checked by trained mixes" in text
    assert "predicted" not in text
    assert max(map(len, lines)) <= 120


def test_programs_read_json_and_parquet(said, tmp_path: Path) -> None:
    found = json.loads(said("--keep", "ell_Grek", "--add", "1", "--json", "--out", str(tmp_path / "mixes.parquet")))
    table = read_table(tmp_path / "mixes.parquet", ADVICE).to_pandas()
    assert len(table) == 2 * len(found["mixes"]) == 2 * 4
    for rank, mix in enumerate(found["mixes"], 1):
        rows = table[table["rank"] == rank]
        assert [each["language"] for each in mix["languages"]] == rows["language"].tolist() == mix["mix"]
        assert mix["expected"] == rows["expected"].iloc[0]
        assert [each["interference"] for each in mix["languages"]] == rows["interference"].tolist()
    assert (found["considered"], found["proven"], found["bound"], found["check"]) == (4, 4, None, None)


def test_predictions_are_told(cells, matrix: Path, said) -> None:
    cells.loc[cells.index[::4], "measured"] = False
    written(cells, matrix)
    assert "Partly predicted: 75% of the cells" in said("--add", "5")


def test_the_check_beside_the_matrix_is_quoted(said, matrix: Path, tmp_path: Path) -> None:
    ranked(matrix.with_name("advice_ranks.parquet"))
    text = said("--keep", "ell_Grek", "--add", "2")
    assert "Checked by 24 trained mixes of sizes 3, 4: rank correlation" in text
    assert "0.71 [0.51, 0.81] for the language that is worst off, 0.82 [0.62, 0.92] for the mean" in text
    assert "0.30 [0.10, 0.40] for which partners" in text
    found = json.loads(said("--keep", "ell_Grek", "--add", "2", "--json"))
    assert [row["size"] for row in found["check"]] == [3, 4, None] * 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--keep", "ell_Gerk", "--add", "1"], "crosstalk: keep: unknown 'ell_Gerk'; did you mean 'ell_Grek'?\n"),
        (["--keep", "ell_Grek", "--add", "9"], "crosstalk: add: 9 languages of 4 candidates"),
        (["--keep", "ell_Grek", "--add", "1", "--check", "nowhere.parquet"], "crosstalk: nowhere.parquet: "),
        (["--matrix", "nowhere.parquet", "--add", "2"], "crosstalk: nowhere.parquet: "),
    ],
)
def test_problems_are_one_line_and_nothing_is_written(matrix, tmp_path, capsys, options, message: str) -> None:
    out = tmp_path / "out.parquet"
    assert command_line.main(["advise", "--matrix", str(matrix), "--out", str(out), *options]) == 1
    error = capsys.readouterr().err
    assert error.startswith(message)
    assert error.count("\n") == 1
    assert not out.exists()


def test_83_languages_take_ten_seconds_at_most(square_of, tmp_path: Path, checkout: Path) -> None:
    random = np.random.default_rng(0)
    rows, columns = random.normal(-0.015, 0.008, (2, 83))
    values = rows[:, None] + columns + random.normal(0, 0.008, (83, 83))
    matrix = written(square_of(MATRIX83, values), tmp_path / "interference.parquet")
    call = [sys.executable, "-m", "crosstalk", "advise", "--matrix", str(matrix), "--keep", "ell_Grek,nld_Latn"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run([*call, "--add", "10", "--json"], cwd=checkout, capture_output=True, text=True, check=True)
    seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    found = json.loads(done.stdout)
    assert found["considered"] > 10**12
    assert seconds <= 10  # of a processor, which other tests may share
