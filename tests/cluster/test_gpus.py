"""GPUs: no more jobs on them than there are, each its own, and a word where there can never be enough."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import torch

from tests.cluster.conftest import ONLY
from tests.cluster.runs import SLURM, tables, weights
from tests.cluster.slurm import GPUS, NODES, Slurm, processes
from tests.workflow.copies import LIMIT, Copy

FOUR = {
    "matrix": {"languages": ["eng_Latn", "qaa_Latn", "qab_Cyrl", "qac_Latn"]},
    "nmt": {"benchmarks": []},
}
BLOCKS = [f"results/matrix/blocks/{block}.parquet" for block in ("eng_Latn.00", "qaa_Latn.00", "qab_Cyrl.00")]
BLOCKS += [f"results/matrix/blocks/{block}.parquet" for block in ("qab_Cyrl.01", "qac_Latn.00", "qac_Latn.01")]
"""Six jobs that want a GPU each."""


def test_no_gpu_is_given_twice(cluster: Slurm, undisturbed: Copy, tmp_path: Path) -> None:
    alone = undisturbed.copy(tmp_path / "alone")
    assert alone.run(*BLOCKS, **FOUR).returncode == 0
    copy = alone.copy(tmp_path / "copy")
    shutil.rmtree(copy.folder / "results/matrix")
    most, owners, killed, paused = 0, defaultdict(set), 0, set()
    until = time.monotonic() + LIMIT / 3
    with copy.running(*BLOCKS, options=SLURM, **FOUR) as run:
        while run.poll() is None:
            held = defaultdict(set)
            for process in processes():
                told = process.environment
                if (node := told.get("SLURMD_NODENAME")) and "/.snakemake/scripts/" in " ".join(process.arguments):
                    for gpu in filter(None, told.get("CUDA_VISIBLE_DEVICES", "").split(",")):
                        held[node, gpu].add(told["SLURM_JOB_ID"])
                        owners[node, gpu].add(told["SLURM_JOB_ID"])
                    if not killed:  # one of the jobs fails, and is tried again
                        killed = process.number
                        os.kill(killed, signal.SIGKILL)
                    elif time.monotonic() < until:  # however fast the machine is, each waits until all GPUs are held
                        with suppress(ProcessLookupError):
                            os.kill(process.number, signal.SIGSTOP)
                        paused.add(process.number)
            most = max(most, len(held))
            if most == GPUS * len(NODES) or time.monotonic() > until:
                until = 0.0
                while paused:
                    with suppress(ProcessLookupError):
                        os.kill(paused.pop(), signal.SIGCONT)
            assert all(len(jobs) == 1 for jobs in held.values()), held
            allocated = cluster.ask("squeue", "--noheader", "--states", "RUNNING", "--Format", "tres-alloc:200")
            assert allocated.count("gres/gpu=1") <= GPUS * len(NODES)
    assert run.returncode == 0, copy.printed.read_text()
    assert killed
    assert set(owners) == {(node, str(gpu)) for node in NODES for gpu in range(GPUS)}
    assert most == GPUS * len(NODES), "all at once"
    assert tables(copy) == tables(alone)


def test_more_gpus_than_any_node_has(cluster: Slurm, untrained: Copy) -> None:
    three = {"speed": {"training_processes": GPUS + 1}, "foundation": {"sampling": {"accumulate": GPUS + 1}}}
    three |= {"pretraining": three["foundation"], "specialisation": three["foundation"]}
    options = (*SLURM, "--retries", "0", "--rerun-triggers", "mtime")
    run = untrained.run(ONLY, options=options, **three)
    assert run.returncode != 0
    assert "Requested node configuration is not available" in run.stdout


def test_a_training_on_two_nodes(cluster: Slurm, untrained: Copy, tmp_path: Path) -> None:
    spread = {"sampling": {"accumulate": 2}}
    few = {"updates": 12, "learning_rate": 1.0e-3, "warmup": 2, "eps": 1.0e-6}
    short = {"foundation": {**few, **spread}, "pretraining": spread, "specialisation": spread}
    alone, options = untrained.copy(tmp_path / "alone"), ("--rerun-triggers", "mtime")
    assert alone.run(ONLY, options=options, **short).returncode == 0
    two = {**short, "speed": {"training_processes": 2, "training_nodes": 2, "training_threads": 1}}
    with untrained.running(ONLY, options=(*SLURM, *options), **two) as run:
        seen: set[tuple[str, str]] = set()
        while run.poll() is None:
            ranks = (process.environment for process in processes() if "LOCAL_RANK" in process.environment)
            seen |= {(told["SLURMD_NODENAME"], told["RANK"]) for told in ranks}
        assert run.wait(LIMIT) == 0, untrained.printed.read_text()
    assert {node for node, _ in seen} == set(NODES)
    assert {rank for _, rank in seen} == {"0", "1"}
    one, both = weights(alone), weights(untrained)
    assert one.keys() == both.keys()
    for name, value in one.items():
        torch.testing.assert_close(both[name], value, rtol=0, atol=1e-5, msg=name)
