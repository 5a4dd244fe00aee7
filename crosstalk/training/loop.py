"""The training loop. What is trained on (a Task) and what is changed (an Updater) are given to it.

A loss is the sum over scored tokens divided by the update's tokens over all micro-batches and processes, in nats.
Batches, masks and dropout are functions of the seed and the update, so a killed run continues bit-identically.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from crosstalk.artefacts import CURVE
from crosstalk.config.training import Optimisation
from crosstalk.errors import CrosstalkError
from crosstalk.tokens.batches import generator
from crosstalk.training.checkpoints import Checkpoint, Checkpoints
from crosstalk.training.interruption import told_to_stop
from crosstalk.training.progress import Progress
from crosstalk.training.schedule import learning_rate
from crosstalk.training.sharding import load_weights, whole
from crosstalk.training.updates import Updater


@runtime_checkable
class Task(Protocol):
    """What a training is trained and evaluated on."""

    def micro(self, update: int, index: int) -> Any:
        """Micro-batch ``index`` of an update."""

    def tokens(self, micro: Any) -> int:
        """Scored tokens of a micro-batch."""

    def language(self, micro: Any) -> str:
        """The language that a micro-batch counts as."""

    def loss(self, model: Any, micro: Any) -> Tensor:
        """Sum of the loss over scored tokens, in nats, a scalar."""

    def dev_loss(self, model: Any) -> float:
        """Mean loss on dev, in nats per token; NaN when there is no dev."""


@dataclass(frozen=True)
class Outcome:
    """A finished training: averaged weights, its curve (CURVE), and what distinguishes the variants of its model
    (``models.variants``)."""

    weights: Mapping[str, Tensor]
    curve: pa.Table
    variants: Mapping[str, Mapping[str, Tensor]] = field(default_factory=dict)


_LOG_EVERY = 10
_SMOOTHING = 0.95


def run(
    name: str,
    model: nn.Module,
    updater: Updater,
    task: Task,
    settings: Optimisation,
    checkpoints: Checkpoints,
    seed: int,
    accelerator: Accelerator,
) -> Outcome:
    """Train ``model`` for ``settings.updates`` updates, continuing from the last checkpoint if there is one.

    Raises CrosstalkError when the loss is not a number or diverges, naming update and language, and after a signal to
    stop, with a checkpoint.
    """
    model.to(accelerator.device)
    start = 0
    notes: dict[str, Any] = {"curve": [], "tokens": 0, "seconds": 0.0, "first": None, "running": None}
    if (last := checkpoints.last()) is not None:
        load_weights(model, last.weights)
        updater.restore(last.optimiser)
        start, notes = last.update, last.notes
    progress = Progress(name, settings.updates, start, quiet=not accelerator.is_main_process)
    began = time.monotonic() - notes["seconds"]
    window = (time.monotonic(), notes["tokens"])
    mine = range(accelerator.process_index, settings.sampling.accumulate, accelerator.num_processes)
    with told_to_stop() as told:
        for update in range(start, settings.updates):
            model.train()
            micros = [task.micro(update, index) for index in range(settings.sampling.accumulate)]
            tokens = sum(task.tokens(micro) for micro in micros)
            total = 0.0
            for index in mine:
                updater.begin(task.language(micros[index]))
                torch.manual_seed(_dropout_seed(seed, update, index))
                with accelerator.autocast():
                    loss = task.loss(model, micros[index])
                accelerator.backward(loss / tokens)
                total += loss.item()
            # One message of what all processes have to know: a signal reaches them at different updates.
            sums = accelerator.reduce(torch.tensor([total, float(bool(told))], device=accelerator.device), "sum")
            mean, stop = float(sums[0]) / tokens, bool(sums[1])
            notes |= {"tokens": notes["tokens"] + tokens, "first": mean if notes["first"] is None else notes["first"]}
            smooth = mean if notes["running"] is None else notes["running"]
            notes["running"] = _SMOOTHING * smooth + (1 - _SMOOTHING) * mean
            _check(name, mean, update, task.language(micros[0]), notes, settings)
            rate = learning_rate(update, settings)
            updater.step(rate)
            done = update + 1
            speed = (notes["tokens"] - window[1]) / max(time.monotonic() - window[0], 1e-9)
            progress.advance(mean, speed)
            evaluate = done % settings.evaluate_every == 0 or done == settings.updates
            if evaluate or done % _LOG_EVERY == 0:
                model.eval()
                dev = task.dev_loss(model) if evaluate else None
                notes["seconds"] = time.monotonic() - began
                point = [done, notes["running"], dev, rate, notes["tokens"], notes["seconds"]]
                notes["curve"] = [*notes["curve"], point]
                window = (time.monotonic(), notes["tokens"])
            due = done % settings.checkpoint_every == 0 or done == settings.updates
            if due or stop:
                notes["seconds"] = time.monotonic() - began
                reached = Checkpoint(done, _weights(model, accelerator), updater.state(), notes)
                if accelerator.is_main_process:
                    checkpoints.save(reached, averaged=due)
            if stop and done < settings.updates:
                raise CrosstalkError(
                    f"{name}: told to stop ({told.signal or 'another process was'}) after update {done} of "
                    f"{settings.updates}; start it again and it goes on from there"
                )
    progress.close()
    accelerator.wait_for_everyone()
    columns = zip(*notes["curve"], strict=True)
    curve = pa.table({field.name: list(column) for field, column in zip(CURVE, columns, strict=True)}, schema=CURVE)
    outcome = Outcome(checkpoints.average(), curve)
    accelerator.wait_for_everyone()  # before one of them deletes the checkpoints
    return outcome


def _weights(model: nn.Module, accelerator: Accelerator) -> dict[str, Tensor]:
    """Named parameters, each shared one once; of a model that is sharded, whole in the main process."""
    wanted = accelerator.is_main_process
    return {name: whole(value.detach(), wanted) for name, value in model.named_parameters()}


def _dropout_seed(seed: int, update: int, index: int) -> int:
    return int(generator(seed, "dropout", update, index).integers(2**31))


def _check(name: str, loss: float, update: int, language: str, notes: dict[str, Any], settings: Optimisation) -> None:
    where = f"{name}: update {update + 1} (batch of {language})"
    if not math.isfinite(loss):
        raise CrosstalkError(f"{where}: the loss is {loss}; lower learning_rate or check the corpus, then start again")
    if notes["running"] > settings.divergence * notes["first"]:
        raise CrosstalkError(
            f"{where}: the loss diverged, {notes['running']:.2f} nats a token after {notes['first']:.2f} at the start; "
            "lower learning_rate or lengthen warmup"
        )
