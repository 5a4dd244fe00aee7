"""The whole workflow through a Slurm that keeps accounts, with the profile's own sacct and efficiency report."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from tests.cluster.runs import SLURM, tables
from tests.cluster.slurm import Slurm
from tests.workflow.copies import Copy

LITTLE: dict[str, Any] = {"nmt": {"benchmarks": []}, "matrix": {"languages": ["eng_Latn", "qaa_Latn", "qab_Cyrl"]}}
"""Jobs with and without a GPU, and a group."""


def test_a_run_through_slurm_writes_the_same_tables(accounted: Slurm, tmp_path: Path, checkout: Path) -> None:
    alone, fresh = (Copy.of_checkout(checkout, tmp_path / name) for name in ("alone", "fresh"))
    assert alone.run(**LITTLE).returncode == 0
    run = fresh.run(options=(*SLURM, "--slurm-status-command", "sacct"), **LITTLE)
    assert run.returncode == 0, run.stdout
    assert tables(fresh) == tables(alone)
    assert (fresh.folder / "results/report/index.html").exists()

    jobs = accounted.ask("sacct", "--allocations", "--noheader", "--parsable2", "--format", "State,AllocTRES,Comment")
    rows = [line.split("|") for line in jobs.splitlines()]
    assert {state for state, _, _ in rows} == {"COMPLETED"}
    on_gpus = {comment.split("_")[1] for _, allocated, comment in rows if "gres/gpu=1" in allocated}
    assert {"encoder", "block", "similarity"} <= on_gpus
    assert not {"corpora", "analysis", "report"} & on_gpus
    (told,) = (fresh.folder / "results/benchmarks/efficiency").glob("*.csv")
    with told.open(newline="", encoding="utf-8") as file:
        assert {row["RuleName"] for row in csv.DictReader(file)} == {comment for _, _, comment in rows}
