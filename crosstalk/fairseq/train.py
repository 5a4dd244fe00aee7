"""XLM-T trained by fairseq: binarised, trained, averaged and converted, from the same start as here."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch
from accelerate import Accelerator
from torch import Tensor
from transformers import BartForConditionalGeneration, XLMRobertaForMaskedLM

from crosstalk.artefacts import CURVE
from crosstalk.config.training import Foundation, Model
from crosstalk.errors import CrosstalkError
from crosstalk.fairseq.checkpoint import architecture, export_checkpoint, import_checkpoint
from crosstalk.fairseq.data import binarise
from crosstalk.models.xlmt import from_encoder
from crosstalk.tokens.bitexts import Bitexts, supervised
from crosstalk.tokens.vocabulary import Vocabulary
from crosstalk.training.loop import Outcome
from crosstalk.training.recipes import Stores, bitexts, fingerprint, recipe

_SCHEDULES = {"inverse_sqrt": "inverse_sqrt", "cosine": "cosine", "constant": "fixed"}
_LOG_EVERY = 10


def found(
    encoder: XLMRobertaForMaskedLM, stores: Stores, vocabulary: Vocabulary, model: Model, settings: Foundation,
    max_length: int, pivot: str, seed: int, checkpoints: Path, accelerator: Accelerator,
) -> tuple[BartForConditionalGeneration, Outcome]:  # fmt: skip
    """XLM-T as ``training.recipes.found`` starts it, trained on all directions with the pivot by fairseq."""
    xlmt = from_encoder(encoder, model, vocabulary.size, settings.dropout, seed)
    directions = supervised(stores, pivot)
    splits = {s: bitexts(stores, vocabulary, model, max_length, directions, s) for s in ("train", "dev")}
    named = recipe(settings, model, stores, max_length, pivot, seed, fingerprint(xlmt))
    gpus = 0 if accelerator.device.type == "cpu" else torch.cuda.device_count()
    return xlmt, train(xlmt, splits, vocabulary, settings, seed, checkpoints, named, torch.get_num_threads(), gpus)


def train(
    model: BartForConditionalGeneration, splits: dict[str, Bitexts], vocabulary: Vocabulary, settings: Foundation,
    seed: int, folder: Path, named: str, threads: int, gpus: int = 0,
) -> Outcome:  # fmt: skip
    """Train ``model`` on the directions of ``splits`` (train, dev) by fairseq-train in a process of its own.

    ``folder`` keeps data, checkpoints and log; a training that was stopped continues there from its last checkpoint,
    if it is ``named`` the same. Weights are the mean of the last ``settings.average`` checkpoints.
    Raises CrosstalkError when fairseq is not installed, or its training fails.
    """
    if not splits["train"].tag_on_source:
        raise CrosstalkError(
            "model.tag: fairseq is told the target language at the start of the source; expected source"
        )
    known = folder / "recipe"
    if folder.exists() and (not known.exists() or known.read_text(encoding="utf-8") != named):
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    known.write_text(named, encoding="utf-8")
    if not (folder / "data").exists():
        binarise(splits, vocabulary, folder / "data")
    task = _task(splits["train"], list(vocabulary.tags), settings)
    if not (folder / "start.pt").exists():
        export_checkpoint(model, folder / "start.pt", {**task, "data": str(folder / "data")})
    if not (folder / "finished").exists():  # fairseq would add an update to a training that has them all
        _run(_command(model, task, settings, seed, folder, gpus), threads, folder / "log.jsonl")
        (folder / "finished").touch()
    return Outcome(_average(folder, settings), _curve(folder / "log.jsonl"))


def _task(train: Bitexts, languages: list[str], settings: Foundation) -> dict[str, Any]:
    return {
        "task": "translation_multi_simple_epoch",
        "langs": ",".join(languages),
        "lang_pairs": ",".join(map(str, train.pairs)),
        "encoder_langtok": "tgt",
        "sampling_method": "temperature",
        "sampling_temperature": settings.sampling.temperature,
    }


def _command(
    model: BartForConditionalGeneration, task: dict[str, Any], settings: Foundation, seed: int, folder: Path, gpus: int
) -> list[str]:
    options: dict[str, Any] = {
        **architecture(model),
        **task,
        "criterion": "label_smoothed_cross_entropy",
        "label_smoothing": settings.label_smoothing,
        "optimizer": "adam",
        "adam_betas": str(tuple(settings.betas)),
        "adam_eps": settings.eps,
        "weight_decay": settings.weight_decay,
        "clip_norm": settings.clip,
        "lr": settings.learning_rate,
        "lr_scheduler": _SCHEDULES[settings.schedule],
        "warmup_updates": settings.warmup,
        "max_update": settings.updates,
        "max_tokens": settings.sampling.batch_tokens,
        "update_freq": settings.sampling.accumulate,
        "seed": seed,
        "save_dir": folder / "checkpoints",
        "save_interval_updates": settings.checkpoint_every,
        "keep_interval_updates": settings.average,
        "validate_interval": 10**9,
        "validate_interval_updates": settings.evaluate_every,
        "finetune_from_model": folder / "start.pt",
        "log_format": "json",
        "log_interval": _LOG_EVERY,
        "num_workers": 0,
        "no_epoch_checkpoints": True,
        "skip_invalid_size_inputs_valid_test": True,
        "cpu": not gpus,
        "distributed_world_size": max(gpus, 1),
        "fp16": gpus > 0,
    }
    if settings.schedule == "cosine":
        options["lr_period_updates"] = settings.updates
    words = [str(folder / "data")]
    for key, value in options.items():
        name = "--" + key.replace("_", "-")
        words += [name] if value is True else [] if value is False else [f"{name}={value}"]
    return words


def _run(words: list[str], threads: int, log: Path) -> None:
    """fairseq-train, whose lines go to a log and to stderr."""
    call = [sys.executable, "-m", "crosstalk.fairseq.run", "train", *words]
    environment = {"OMP_NUM_THREADS": str(threads), "PYTHONWARNINGS": "ignore"}
    last = ""
    with (
        log.open("a", encoding="utf-8") as lines,
        subprocess.Popen(
            call, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process,
    ):
        for line in process.stdout or ():
            lines.write(line)
            lines.flush()
            sys.stderr.write(line)
            last = line.strip() or last
    if process.returncode:
        raise CrosstalkError(f"fairseq-train ended with {process.returncode}: {last[:300]}; all of it is in {log}")


def _average(folder: Path, settings: Foundation) -> dict[str, Tensor]:
    """The mean of the last checkpoints' weights, by the names of a BART.

    fairseq writes none after an update that ends an epoch; the last one is there under a name of its own.
    """
    saved = folder / "checkpoints"
    found = {int(path.stem.rpartition("_")[2]): path for path in saved.glob("checkpoint_*_*.pt")}
    if (last := saved / "checkpoint_last.pt").exists():
        found.setdefault(settings.updates, last)
    chosen = [found[update] for update in sorted(found)[-settings.average :]]
    if not chosen:
        raise CrosstalkError(f"{saved}: no checkpoint after a training; expected checkpoint_last.pt")
    total: dict[str, Tensor] = {}
    for path in chosen:
        for name, value in import_checkpoint(path).named_parameters():
            total[name] = total.get(name, torch.zeros_like(value, dtype=torch.float64)) + value.detach().double()
    return {name: (value / len(chosen)).float() for name, value in total.items()}


def _curve(log: Path) -> pa.Table:
    """CURVE rows from the log: fairseq counts in bits, and repeats what it did since the last checkpoint."""
    rows: dict[int, dict[str, Any]] = {}
    for entry in _entries(log.read_text(encoding="utf-8").splitlines()):
        if "num_updates" in entry and "loss" in entry:
            update = int(entry["num_updates"])
            rows[update] = {
                "step": update,
                "loss": float(entry["loss"]) * math.log(2),
                "learning_rate": float(entry["lr"]),
                "tokens": float(entry["wpb"]),
                "seconds": 1 / float(entry["ups"]),
            }
        elif "valid_num_updates" in entry:
            update = int(entry["valid_num_updates"])
            rows.setdefault(update, {"step": update})["dev_loss"] = float(entry["valid_nll_loss"]) * math.log(2)
    ordered = [rows[update] for update in sorted(rows)]
    tokens, seconds, before = 0.0, 0.0, 0
    for row in ordered:
        tokens += row.get("tokens", 0.0) * (row["step"] - before)
        seconds += row.get("seconds", 0.0) * (row["step"] - before)
        before = row["step"]
        row |= {"tokens": round(tokens), "seconds": seconds}
    return pa.Table.from_pylist(ordered, schema=CURVE)


def _entries(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The objects that stand at the end of log lines."""
    for line in lines:
        if (place := line.find("{")) >= 0 and line.rstrip().endswith("}"):
            try:
                yield json.loads(line[place:])
            except ValueError:
                continue
