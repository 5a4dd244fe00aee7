"""A block: its runs are trained, evaluated and written one by one; a killed block goes on after the last of them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch
from accelerate import Accelerator
from tqdm import tqdm

from crosstalk.artefacts import read_table, write_table
from crosstalk.config.matrix import Matrix
from crosstalk.errors import CrosstalkError
from crosstalk.matrix import evaluation
from crosstalk.matrix.blocks import Run
from crosstalk.matrix.encoder import Encoders
from crosstalk.matrix.engine import Trained, train
from crosstalk.matrix.evaluation import Evaluation, Losses
from crosstalk.matrix.mixes import Mix
from crosstalk.matrix.schemas import RUNS
from crosstalk.matrix.streams import Streams
from crosstalk.tokens.store import TokenStore, open_stores
from crosstalk.tokens.vocabulary import Vocabulary

_TOKENS = {"cpu": 2**12, "cuda": 2**15}
"""Tokens of an update, of all runs that advance together, that keep a device busy: a run of few costs its instructions,
not its sums. On a processor, runs of 512 tokens took 1.88 s each when 4 advanced together, 1.57 s when 8 did; runs of
2,048 took the same alone and in fours. Of a GPU it is assumed."""


def write_block(
    output: Path,
    runs: Sequence[Run | Mix],
    stores: Sequence[str],
    vocabulary: str,
    settings: Mapping[str, Any],
    accelerator: Accelerator,
    provenance: Mapping[str, str],
    schema: pa.Schema,
) -> None:
    """``run_block`` from files to the file ``output``; finished runs lie beside it until it is there.

    ``settings``: those of the matrix that a run depends on; ``schema``: RUNS, or MIX_RUNS of mixes.
    """
    finished = output.with_suffix(".runs")
    table = run_block(
        runs, open_stores(stores), Vocabulary.load(vocabulary), Matrix.model_validate(settings), accelerator, finished,
        provenance, schema=schema,
    )  # fmt: skip
    write_table(table, output, schema)
    shutil.rmtree(finished)


def run_block(
    runs: Sequence[Run | Mix],
    stores: Mapping[str, TokenStore],
    vocabulary: Vocabulary,
    settings: Matrix,
    accelerator: Accelerator,
    finished: Path,
    provenance: Mapping[str, str],
    together: int | None = None,
    schema: pa.Schema = RUNS,
) -> pa.Table:
    """Train and evaluate the runs of a block; rows of ``schema``, RUNS or MIX_RUNS, in their order.

    Every finished run, or group of ``together`` runs that advance together, lies as one file in ``finished``; what is
    there already is taken over if it is whole and of the same ``config_hash`` and ``data_hash`` of ``provenance``
    (which also names the ``commit``), and trained anew otherwise. Only column ``seconds`` depends on being killed.
    Raises CrosstalkError when a language has no sentence to train or evaluate on, or a loss is not a number.
    """
    streams = Streams(stores, vocabulary, settings.training)
    for run in runs:
        streams.check(run)
        for language in run.languages:
            evaluation.rows(stores[language], language, settings.evaluation)

    @lru_cache(maxsize=8)
    def evaluated(language: str) -> Evaluation:
        return Evaluation(stores[language], language, vocabulary, settings, accelerator.device)

    for stale in finished.glob(".*.part"):
        stale.unlink(missing_ok=True)
    step = together or _together(settings, accelerator.device)
    groups = [runs[start : start + step] for start in range(0, len(runs), step)]
    tables = [_finished(_file(finished, group), group, provenance, schema) for group in groups]
    done = sum(len(group) for group, table in zip(groups, tables, strict=True) if table is not None)
    encoders: Encoders | None = None
    with tqdm(total=len(runs), initial=done, desc="matrix", unit="run", dynamic_ncols=True) as progress:
        for number, group in enumerate(groups):
            if tables[number] is not None:
                continue
            began = time.monotonic()
            progress.set_postfix_str(group[0].name, refresh=False)
            if encoders is None or encoders.runs != len(group):
                length = settings.training.max_length
                encoders = Encoders.new(settings.model, vocabulary.size, length, len(group), accelerator.device)
            trained = train(group, streams, encoders, settings.training, accelerator.autocast)
            losses = [
                {language: evaluated(language)(encoders.alone(at), accelerator.autocast) for language in run.languages}
                for at, run in enumerate(group)
            ]
            guessed = {
                language: evaluated(language).guessed(streams.frequencies(language))
                for run in group
                for language in run.languages
            }
            rows = _rows(
                group, trained, losses, guessed, (time.monotonic() - began) / len(group), accelerator, provenance
            )
            table = pa.Table.from_pylist(rows, schema=schema)
            write_table(table, _file(finished, group), schema)
            tables[number] = table
            progress.update(len(group))
    return pa.concat_tables([table for table in tables if table is not None])


def _together(settings: Matrix, device: torch.device) -> int:
    """Runs that advance together, as many as keep the device busy."""
    tokens = settings.training.sentences * settings.training.max_length
    return max(1, _TOKENS.get(device.type, 1) // tokens)


def _file(finished: Path, group: Sequence[Run | Mix]) -> Path:
    return finished / f"{group[0].name}.parquet"


def _finished(
    file: Path, group: Sequence[Run | Mix], provenance: Mapping[str, str], schema: pa.Schema
) -> pa.Table | None:
    """What an earlier process finished of a group, if it is whole and of the same configuration and data."""
    try:
        table = read_table(file, schema)
    except CrosstalkError:
        return None
    hashes = {name: provenance[name] for name in ("config_hash", "data_hash")}
    expected = [row | hashes for run in group for row in run.rows]
    return table if table.select(list(expected[0])).to_pylist() == expected else None


def _rows(
    group: Sequence[Run | Mix],
    trained: Trained,
    losses: Sequence[Mapping[str, Losses]],
    guessed: Mapping[str, float],
    seconds: float,
    accelerator: Accelerator,
    provenance: Mapping[str, str],
) -> list[dict[str, Any]]:
    device = accelerator.device
    updates = len(trained.losses)
    rows = []
    for at, run in enumerate(group):
        curve = trained.losses[:, at]
        for named in run.rows:
            language = named["language"]
            nats, tokens = losses[at][language]
            rows.append(
                {
                    **named,
                    "loss": float(nats.sum() / tokens.sum()),
                    "frequency_loss": guessed[language],
                    "first_loss": float(curve[0]),
                    "last_loss": float(curve[-max(1, updates // 10) :].mean()),
                    "sentence_losses": nats.tolist(),
                    "sentence_tokens": tokens.tolist(),
                    "updates": updates,
                    "train_tokens": trained.tokens[at][language],
                    "seconds": seconds,
                    "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
                    **{name: provenance[name] for name in ("config_hash", "data_hash", "commit")},
                }
            )
    return rows
