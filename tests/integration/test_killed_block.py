"""A block of the matrix that is killed again and again ends as one that is not."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from crosstalk.artefacts import read_table
from crosstalk.matrix.schemas import RUNS
from tests.workflow.copies import Copy

LANGUAGES = ("eng_Latn", "qaa_Latn", "qab_Cyrl", "qac_Latn")
BLOCK = """
import sys
from itertools import combinations
from pathlib import Path

from accelerate import Accelerator

from crosstalk.artefacts import write_table
from crosstalk.config.matrix import Matrix
from crosstalk.matrix import runner
from crosstalk.matrix.blocks import Run
from crosstalk.matrix.schemas import RUNS
from crosstalk.tokens.store import open_stores
from crosstalk.tokens.vocabulary import Vocabulary

tokens, finished, output, trained, seeds, *languages = sys.argv[1:]
train = runner.train


def told(runs, *rest):
    with open(trained, "a") as file:
        file.write("".join(run.name + "\\n" for run in runs))
    return train(runs, *rest)


runner.train = told
shape = {"d_model": 32, "ffn": 64, "heads": 2}
settings = Matrix.model_validate({"model": shape, "training": {"updates": 30, "sentences": 32, "max_length": 64}})
kinds = [(code, None, half) for code in languages for half in (False, True)]
kinds += [(second, first, False) for first, second in combinations(languages, 2)]
runs = [Run(*kind, seed) for seed in range(int(seeds)) for kind in kinds]
stores = open_stores(f"{tokens}/languages/{code}" for code in languages)
origin = {"config_hash": "c", "data_hash": "d", "commit": "x"}
vocabulary = Vocabulary.load(f"{tokens}/vocabulary")
table = runner.run_block(runs, stores, vocabulary, settings, Accelerator(cpu=True), Path(finished), origin)
write_table(table, output, RUNS)
"""


def start(finished: Copy, folder: Path, seeds: int) -> subprocess.Popen[bytes]:
    folder.mkdir(exist_ok=True)
    places = [finished.folder / "results/tokens/world", *(folder / name for name in ("runs", "table", "trained"))]
    return subprocess.Popen(
        [sys.executable, "-c", BLOCK, *map(str, places), str(seeds), *LANGUAGES], cwd=finished.folder
    )


def killed_and_resumed(finished: Copy, folder: Path, seeds: int, kills: int) -> int:
    """Kill the block at ``kills`` random moments of its training, then let it end; runs that were started."""
    moments, done = random.Random(1), 0
    while done < kills:
        process = start(finished, folder, seeds)
        before = len(list((folder / "runs").glob("*.parquet")))
        while process.poll() is None and len(list((folder / "runs").glob("*.parquet"))) == before:
            time.sleep(0.01)
        time.sleep(moments.random() * 0.5)
        done += 1
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert start(finished, folder, seeds).wait() == 0
    return len((folder / "trained").read_text().splitlines())


def compare(finished: Copy, folder: Path, seeds: int, kills: int) -> None:
    assert start(finished, folder / "whole", seeds).wait() == 0
    runs = len((folder / "whole" / "trained").read_text().splitlines())
    assert runs == 14 * seeds
    in_flight = 2  # runs that advance together, of 32 sentences of 64 tokens
    assert killed_and_resumed(finished, folder / "killed", seeds, kills) <= runs + kills * in_flight
    whole, killed = (read_table(folder / name / "table", RUNS).drop_columns("seconds") for name in ("whole", "killed"))
    assert whole.equals(killed)


def test_killed_at_random_moments_a_block_ends_as_if_undisturbed(finished: Copy, tmp_path: Path) -> None:
    compare(finished, tmp_path, seeds=1, kills=3)
