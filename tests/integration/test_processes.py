"""A training of several processes gives the weights that one process gives."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file

from crosstalk.artefacts import CURVE, read_table
from tests.workflow.copies import Copy, problem

MODELS = "results/models/world/1"
SAMPLING = {"sampling": {"batch_tokens": 128, "accumulate": 2}}
FEW = {
    "pretraining": SAMPLING,
    "foundation": {"updates": 12, "learning_rate": 1.0e-3, "warmup": 2, "eps": 1.0e-6, **SAMPLING},
}


def test_two_processes_write_what_one_writes(fresh: Copy, tmp_path: Path) -> None:
    alone = fresh.copy(tmp_path / "alone")
    for copy, processes in ((alone, 1), (fresh, 2)):
        run = copy.run(f"{MODELS}/foundation", **FEW, speed={"training_processes": processes})
        assert run.returncode == 0, run.stdout
        assert not (copy.folder / MODELS / "foundation.checkpoints").exists()
    for model in ("encoder", "foundation"):
        one, two = (load_file(copy.folder / MODELS / model / "model.safetensors") for copy in (alone, fresh))
        assert one.keys() == two.keys()
        for name, value in one.items():
            torch.testing.assert_close(two[name], value, rtol=0, atol=1e-5, msg=name)
        curves = [read_table(copy.folder / MODELS / f"{model}.curve.parquet", CURVE) for copy in (alone, fresh)]
        assert curves[0].select(["step", "tokens"]).equals(curves[1].select(["step", "tokens"]))


def test_a_problem_of_two_processes_is_told_once(fresh: Copy) -> None:
    diverging = {**FEW["foundation"], "learning_rate": 1.0e30}
    run = fresh.run(f"{MODELS}/foundation", **{**FEW, "foundation": diverging}, speed={"training_processes": 2})
    assert run.returncode != 0
    assert "the loss" in problem((fresh.folder / "results/logs/foundation/world/1.log").read_text(encoding="utf-8"))
