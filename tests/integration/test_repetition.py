"""The same inputs give the same outputs, after a kill too."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from crosstalk.artefacts import read_table
from tests.workflow.copies import Copy, problem

MODELS = Path("results/models/world/1")
UPDATES = 120
"""Of the foundation, in the smoke preset."""


def test_decoded_and_scored_again_gives_the_same_tables(again: Copy, finished: Copy) -> None:
    folder = Path("results/nmt/world/1/nrd")
    target = str(folder / "scores.parquet")
    run = again.run(target, options=("--forcerun", str(folder / "hypotheses.parquet")))
    assert run.returncode == 0, run.stdout
    for name in ("hypotheses", "scores"):
        ours, theirs = (copy.folder / folder / f"{name}.parquet" for copy in (again, finished))
        assert ours.stat().st_mtime_ns > theirs.stat().st_mtime_ns
        assert read_table(ours).equals(read_table(theirs))


@pytest.fixture
def killed(again: Copy) -> Copy:
    """A copy in which the training of the foundation was killed after its third checkpoint."""
    for path in (MODELS / "foundation", MODELS / "foundation.curve.parquet"):
        place = again.folder / path
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    third = again.folder / MODELS / "foundation.checkpoints" / "00000030"
    again.kill(third.exists, str(MODELS / "foundation"))
    assert third.exists()
    assert not (again.folder / MODELS / "foundation").exists()
    assert again.run(options=("--unlock",)).returncode == 0
    return again


def test_a_killed_training_continues_to_the_same_model(killed: Copy, finished: Copy) -> None:
    newest = checkpoint(killed)
    weights = newest / "weights.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    run = killed.run(str(MODELS / "foundation"))
    assert run.returncode != 0
    log = (killed.folder / "results/logs/foundation/world/1.log").read_text(encoding="utf-8")
    assert f"{weights.relative_to(killed.folder)}: checkpoint is damaged" in problem(log)
    assert not (killed.folder / MODELS / "foundation").exists()

    shutil.rmtree(newest)
    from_here = int(checkpoint(killed).name)
    run = killed.run(str(MODELS / "foundation"))
    assert run.returncode == 0, run.stdout
    log = (killed.folder / "results/logs/foundation/world/1.log").read_text(encoding="utf-8")
    first = re.search(rf"foundation: .* (\d+)/{UPDATES} \[", log)
    assert first
    assert int(first[1]) == from_here > 0
    ours, theirs = ((copy.folder / MODELS / "foundation" / "model.safetensors") for copy in (killed, finished))
    assert ours.read_bytes() == theirs.read_bytes()
    columns = ["step", "loss", "dev_loss", "learning_rate", "tokens"]
    curves = [
        read_table(copy.folder / MODELS / "foundation.curve.parquet", columns=columns) for copy in (killed, finished)
    ]
    assert curves[0].equals(curves[1])
    assert not list((killed.folder / "results").rglob("*.part"))
    assert not (killed.folder / MODELS / "foundation.checkpoints").exists()


def checkpoint(copy: Copy) -> Path:
    """The newest checkpoint of the foundation."""
    return max((copy.folder / MODELS / "foundation.checkpoints").glob("[0-9]*"))
