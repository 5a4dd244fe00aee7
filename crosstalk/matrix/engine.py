"""Training of several runs at once: one step of this loop is an update of each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from crosstalk.config.matrix import MatrixTraining
from crosstalk.errors import CrosstalkError
from crosstalk.matrix.blocks import Run
from crosstalk.matrix.encoder import Encoders
from crosstalk.matrix.mixes import Mix
from crosstalk.matrix.packing import Packed, pack
from crosstalk.matrix.streams import Streams
from crosstalk.training.cross_entropy import Place, mean_cross_entropy
from crosstalk.training.schedule import learning_rate

GROUPS = 2
"""Groups of sentences of similar length that attention pads apart."""
_CHECK_EVERY = 50
"""Updates between two looks at the losses: a look makes a GPU wait."""


class Engine:
    """Encoders and their optimiser: AdamW, gradients clipped run by run, no decay of biases and layer norms."""

    def __init__(
        self,
        encoders: Encoders,
        training: MatrixTraining,
        precision: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """``precision``: context of the forward pass, accelerate's ``autocast``."""
        self.encoders, self._training, self._precision = encoders, training, precision
        self._place = Place()
        groups: list[dict[str, Any]] = [{"params": [encoders.decayed]}]
        groups.append({"params": [encoders.plain], "weight_decay": 0.0})
        self._adam: Any = torch.optim.AdamW(
            groups,
            lr=0.0,
            betas=training.betas,
            eps=training.eps,
            weight_decay=training.weight_decay,
            fused=True,
        )

    def step(self, batch: Packed, rate: float) -> Tensor:
        """One update of every run at a learning rate; losses [runs] before it, nats per scored token."""
        losses = self.backward(batch)
        self._clip()
        for group in self._adam.param_groups:
            group["lr"] = rate
        self._adam.step()
        return losses

    @torch.no_grad()
    def backward(self, batch: Packed) -> Tensor:
        """Losses [runs] in nats per scored token; their gradients are left in the encoders."""
        encoders = self.encoders
        values, gradients = encoders.values, encoders.gradients
        losses = []
        with self._precision():
            hidden, pullback = encoders(encoders.embed(batch), batch)
            change = torch.zeros_like(hidden)
            for run, count in enumerate(batch.counts):
                nats, change[run, :count] = mean_cross_entropy(
                    hidden[run, :count], values["words"][run], values["bias"][run], batch.labels[run, :count],
                    gradients["words"][run], gradients["bias"][run], self._place,
                )  # fmt: skip
                losses.append(nats.mean())
            encoders.embed_backward(batch, pullback(change))
        return torch.stack(losses)

    def _clip(self) -> None:
        """Scale each run's gradient down to a norm of ``clip``, as torch.nn.utils.clip_grad_norm_ does."""
        if not self._training.clip:
            return
        gradients = self.encoders.flat_gradients
        norm = torch.stack([torch.linalg.vector_norm(each, dim=1) for each in gradients]).norm(dim=0)
        excess = ((norm + 1e-6) / self._training.clip).clamp_min(1)
        if self.encoders.runs == 1:
            # The fused step divides by it on its way.
            self._adam.grad_scale = excess.squeeze()
        else:
            for each in gradients:
                each.div_(excess[:, None])


class Trained(NamedTuple):
    """Losses [updates, runs] of a training in nats per scored token, and the tokens each run saw of each language."""

    losses: NDArray[np.float64]
    tokens: list[dict[str, int]]


def train(
    runs: Sequence[Run | Mix],
    streams: Streams,
    encoders: Encoders,
    training: MatrixTraining,
    precision: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Trained:
    """Train ``encoders`` from the start of their seeds, all runs together.

    Raises CrosstalkError naming run and update when a loss is not a number.
    """
    encoders.start([run.seed for run in runs])
    if training.output_bias == "frequency":
        for at, run in enumerate(runs):
            mixed = np.mean([streams.frequencies(language) for language in run.languages], axis=0)
            encoders.values["bias"][at] = torch.from_numpy(np.log(mixed))
    engine = Engine(encoders, training, precision)
    tokens = [dict.fromkeys(run.languages, 0) for run in runs]
    losses: list[Tensor] = []
    for update in range(training.updates):
        seen = [streams.batch(run, update) for run in runs]
        for counted, run, parts in zip(tokens, runs, seen, strict=True):
            for share, part in zip(run.shares, parts, strict=True):
                counted[share.language] += len(part.ids)
        losses.append(engine.step(pack(seen, encoders.decayed.device, GROUPS), learning_rate(update, training)))
        if len(losses) % _CHECK_EVERY == 0 or len(losses) == training.updates:
            _check(runs, torch.stack(losses[-_CHECK_EVERY:]).cpu().numpy(), max(0, len(losses) - _CHECK_EVERY))
    return Trained(torch.stack(losses).double().cpu().numpy(), tokens)


def _check(runs: Sequence[Run | Mix], losses: NDArray[np.float32], before: int) -> None:
    lost = np.argwhere(~np.isfinite(losses))
    if len(lost):
        update, run = lost[0]
        raise CrosstalkError(
            f"matrix run {runs[run].name}: the loss of update {before + update + 1} is {losses[update, run]}; "
            "lower matrix.training.learning_rate or check the corpora, then start again"
        )
