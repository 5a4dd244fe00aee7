"""Decoding and training here beside fairseq's, where it is installed (``make fairseq``)."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import torch
from accelerate import Accelerator

from benchmarks.decoding import LANGUAGES, Task, converted
from benchmarks.pairs import Row, judged
from crosstalk.config import Config
from crosstalk.config.training import Foundation
from crosstalk.fairseq.checkpoint import export_checkpoint
from crosstalk.fairseq.data import binarise
from crosstalk.fairseq.train import train
from crosstalk.models.xlmt import load_xlmt
from crosstalk.tokens.bitexts import Direction, supervised
from crosstalk.tokens.store import open_stores
from crosstalk.tokens.vocabulary import Vocabulary
from crosstalk.training.recipes import bitexts, translation
from crosstalk.training.updates import DenseUpdater

ROUNDS, UPDATES = 5, 200


def comparisons(job: Task, folder: Path) -> list[Row]:
    """fairseq-generate beside the CTranslate2 export, fairseq-train beside our dense steps; none without fairseq.

    Both report the time of their work alone: their own programs start for seconds.
    """
    if find_spec("fairseq") is None:
        print("fairseq is not installed (make fairseq): not compared")
        return []
    with tempfile.TemporaryDirectory() as place:
        return [*_decoding(job, folder, Path(place)), *_training(job, folder, Path(place))]


def _decoding(job: Task, folder: Path, place: Path) -> list[Row]:
    stores = open_stores(folder / code for code in LANGUAGES)
    directions = [Direction(code, LANGUAGES[0]) for code in LANGUAGES[1:]]
    test = bitexts(stores, job.vocabulary, job.config.model, job.config.tokens.max_length, directions, "test")
    binarise({"test": test}, job.vocabulary, place / "data")
    task = {
        "task": "translation_multi_simple_epoch", "langs": ",".join(LANGUAGES), "encoder_langtok": "tgt",
        "lang_pairs": ",".join(map(str, directions)), "data": str(place / "data"),
    }  # fmt: skip
    export_checkpoint(job.model, place / "model.pt", task)
    seconds, sentences, hypotheses = 0.0, 0, {}
    for direction in directions:
        settings = job.config.decode
        call = [
            sys.executable, "-m", "crosstalk.fairseq.run", "generate", str(place / "data"),
            f"--path={place / 'model.pt'}", "--gen-subset=test",
            "--task=translation_multi_simple_epoch", f"--langs={task['langs']}", f"--lang-pairs={task['lang_pairs']}",
            "--encoder-langtok=tgt", f"--source-lang={direction.src}", f"--target-lang={direction.tgt}",
            f"--beam={settings.beam}", f"--lenpen={settings.length_penalty}", "--batch-size=64", "--cpu",
            f"--max-len-a={settings.max_ratio}", f"--max-len-b={settings.max_extra}", "--num-workers=0",
        ]  # fmt: skip
        done = subprocess.run(call, capture_output=True, text=True, check=True)
        count, spent = re.search(r"Translated ([\d,]+) sentences .* in ([\d.]+)s", done.stdout + done.stderr).groups()
        sentences, seconds = sentences + int(count.replace(",", "")), seconds + float(spent)
        for number, text in re.findall(r"^H-(\d+)\t\S+\t(.*)$", done.stdout, re.M):
            hypotheses[direction, int(number)] = text.split()
    (place / "converted").mkdir()
    ours = converted(job, place / "converted")
    spent = median(_timed(ours) for _ in range(ROUNDS))
    mine = len(job.sources) / spent
    return [
        judged(
            "CTranslate2 / fairseq-generate (sentences/s)",
            mine,
            sentences / seconds,
            mine / (sentences / seconds),
            ">= 2",
        )
    ]


def _timed(work) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _training(job: Task, folder: Path, place: Path) -> list[Row]:
    """Target tokens a second of dense training, in turns, each in a process of its own: as many updates of as many
    tokens, from the same weights."""
    stores = open_stores(folder / code for code in LANGUAGES)
    config = job.config
    settings = config.foundation.model_copy(
        update={"updates": UPDATES, "checkpoint_every": UPDATES, "evaluate_every": 10 * UPDATES, "average": 1}
    )
    directions = supervised(LANGUAGES, LANGUAGES[0])
    splits = {
        split: bitexts(stores, job.vocabulary, config.model, config.tokens.max_length, directions, split)
        for split in ("train", "dev")
    }
    job.model.save_pretrained(place / "start")

    def theirs(number: int) -> float:
        into = place / f"theirs{number}"
        curve = train(job.model, splits, job.vocabulary, settings, 1, into, "benchmark", job.threads).curve
        rows = curve.to_pandas()
        half = rows[rows["step"] > UPDATES // 2]
        spent = half.iloc[-1] - half.iloc[0]
        return float(spent["tokens"] / spent["seconds"])

    def ours() -> float:
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            return process.submit(dense_rate, place / "start", folder, config, settings, job.threads).result()

    pairs = [(ours(), theirs(number)) for number in range(ROUNDS)]
    mine, peer = (median(rates) for rates in zip(*pairs, strict=True))
    return [
        judged("dense step / fairseq-train (target tokens/s)", mine, peer, median(a / b for a, b in pairs), ">= 1.0")
    ]


def dense_rate(start: Path, folder: Path, config: Config, settings: Foundation, threads: int) -> float:
    """Target tokens a second of dense steps in this process, from the model ``start`` and the token stores ``folder``.

    The first half of the updates is not counted.
    """
    torch.set_num_threads(threads)
    stores, vocabulary = open_stores(folder / code for code in LANGUAGES), Vocabulary.load(folder / "vocabulary")
    model = load_xlmt(start, settings.dropout).train()
    task = translation(stores, vocabulary, config.model, settings, config.tokens.max_length, LANGUAGES[0], 1)
    updater = DenseUpdater(model, settings, Accelerator(cpu=True))
    began, tokens = 0.0, 0
    for update in range(settings.updates):
        if update == settings.updates // 2:
            began, tokens = time.monotonic(), 0
        micro = task.micro(update, 0)
        updater.begin(task.language(micro))
        (task.loss(model, micro) / task.tokens(micro)).backward()
        updater.step(1e-4)
        tokens += task.tokens(micro)
    return tokens / (time.monotonic() - began)
