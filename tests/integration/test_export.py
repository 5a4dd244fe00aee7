"""A finished run's method, exported and used, says what the run said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.workflow.copies import SMOKE, Copy


def crosstalk(folder: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command line in a copy of the checkout."""
    call = [sys.executable, "-m", "crosstalk", *words]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        call, cwd=folder, env=environment, input=given, capture_output=True, text=True, encoding="utf-8", check=False
    )


@pytest.mark.parametrize(("method", "folders"), [("nrd", 4), ("xlmt", 1)])
def test_an_export_translates_as_the_run_did(finished: Copy, tmp_path: Path, method: str, folders: int) -> None:
    out = tmp_path / method
    done = crosstalk(finished.folder, "export", "--configfile", SMOKE, "--method", method, "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(path) for path in sorted(out.glob("*/*"))]
    assert len(done.stdout.splitlines()) == 2 * folders
    said = pq.read_table(finished.folder / f"results/nmt/world/1/{method}/hypotheses.parquet").to_pandas()
    given = "".join(f"{row.src}\t{row.tgt}\t{row.source}\n" for row in said.itertuples())
    for kind in ("ctranslate2", "transformers"):
        done = crosstalk(
            finished.folder, "translate", "--model", str(out), "--engine", kind, "--tsv", "--threads", "1", given=given
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines() == said["hypothesis"].tolist()


def test_an_export_with_other_settings_than_the_results_is_refused(finished: Copy, tmp_path: Path) -> None:
    done = crosstalk(finished.folder, "export", "--method", "nrd", "--out", str(tmp_path / "out"))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("made with other settings; name the same --configfile and --config")
    assert not (tmp_path / "out").exists()


def test_a_model_with_weights_for_each_direction_is_not_exported(finished: Copy, tmp_path: Path) -> None:
    chosen = ("--configfile", SMOKE, "--method", "capa", "--out", str(tmp_path / "out"))
    done = crosstalk(finished.folder, "export", *chosen)
    assert done.returncode == 1
    assert "models/world/1/capa: has weights of its own for some directions" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "out").exists()
