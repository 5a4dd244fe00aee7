"""Runs through Slurm, and whether what they wrote is what it should be."""

from __future__ import annotations

import hashlib
import re

import pyarrow.parquet as pq
from safetensors.torch import load_file
from torch import Tensor

from tests.cluster.slurm import Slurm, wait_for
from tests.workflow.copies import Copy

SLURM = (
    *("--profile", "slurm", "--latency-wait", "10", "--slurm-status-command", "squeue"),
    *("--slurm-init-seconds-before-status-checks", "2", "--seconds-between-status-checks", "2"),
)
"""The profile as it is, but in less of a hurry to be patient."""
MEASURED = ("seconds", "tokens_per_second", "commit")
"""Columns that no two runs share."""


def tables(copy: Copy) -> dict[str, str]:
    """Every table and every weight file of a run -> what is in it; times of day and durations left out."""
    results, found = copy.folder / "results", {}
    for file in sorted(results.rglob("*.parquet")):
        table = pq.read_table(file, partitioning=None)
        table = table.drop_columns([name for name in table.column_names if name in MEASURED])
        found[str(file.relative_to(results))] = _digest(str(table.schema.remove_metadata()), str(table.to_pylist()))
    for file in sorted((results / "models").rglob("*.safetensors")):
        found[str(file.relative_to(results))] = _digest(file.read_bytes().hex())
    return found


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def wait_for_checkpoint(copy: Copy, least: int = 1) -> None:
    """Until the training has kept ``least`` updates."""
    folder = copy.folder / "results/models/world/1/foundation.checkpoints"
    wait_for(lambda: any(int(path.name) >= least for path in folder.glob("[0-9]*")), f"a checkpoint in {folder}", 120)


def job_of(cluster: Slurm, state: str = "RUNNING") -> str:
    """The number of the one job in this state."""
    found = cluster.ask("squeue", "--noheader", "--states", state, "--format", "%i").split()
    assert len(found) == 1, found
    return found[0]


def began_at(copy: Copy) -> int:
    """The update from which the last attempt of the training went on."""
    log = (copy.folder / "results/logs/foundation/world/1.log").read_text(encoding="utf-8")
    first = re.search(r"foundation: +\d+%\|[^|]*\| (\d+)/", log)
    assert first, log
    return int(first[1])


def weights(copy: Copy) -> dict[str, Tensor]:
    """The parameters of the trained model."""
    return load_file(copy.folder / "results/models/world/1/foundation/model.safetensors")
