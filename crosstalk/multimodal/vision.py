"""Pre-training of a small vision tower: its patches learn to tell which tokens the captions of an image have.

CLIP brings this along for a LLaVA. Each patch votes for tokens, and the strongest vote counts (weak supervision by
captions: Joulin et al. 2016; the strongest of several parts: multiple-instance learning).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from crosstalk.config import science_hash
from crosstalk.config.training import Optimisation
from crosstalk.multimodal.examples import Captions
from crosstalk.multimodal.pixels import Pixels
from crosstalk.tokens.batches import BatchPlan, by_length
from crosstalk.training.checkpoints import Checkpoints
from crosstalk.training.loop import Outcome, run
from crosstalk.training.recipes import fingerprint
from crosstalk.training.updates import DenseUpdater


def features(tower: Any, pixels: Tensor, layer: int = -2) -> Tensor:
    """Patches [images, patches, width] as a LLaVA sees them: of the layer before the last, without the class token."""
    hidden: Tensor = tower(pixel_values=pixels, output_hidden_states=True).hidden_states[layer]
    return hidden[:, 1:]


@torch.no_grad()
def first_patches(tower: Any, pixels: Pixels, captions: Captions, count: int = 1000) -> Tensor:
    """``features`` [patches, width] of the first images of some captions, by their ids, on the CPU."""
    names = sorted({row.sentence_id for rows in captions.examples.values() for row in rows})[:count]
    device, size = next(tower.parameters()).device, 100
    parts = [features(tower, pixels.batch(names[at : at + size]).to(device)) for at in range(0, len(names), size)]
    return torch.cat(parts).flatten(0, 1).cpu()


def standard_of(patches: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation [width] that standardise ``patches`` [patches, width]; features that hardly differ
    stay small."""
    deviation = patches.std(0)
    return patches.mean(0), deviation.clamp_min(0.1 * float(deviation.mean()))


class _Voting(nn.Module):
    """A tower, and a vote of each patch for every token."""

    def __init__(self, tower: nn.Module, width: int, tokens: int) -> None:
        super().__init__()
        self.tower, self.votes = tower, nn.Linear(width, tokens)
        nn.init.constant_(self.votes.bias, -4.0)  # most tokens are not there

    def forward(self, pixels: Tensor) -> Tensor:
        votes: Tensor = self.votes(features(self.tower, pixels))
        return votes.amax(1)


class _Micro(NamedTuple):
    names: list[str]
    present: Tensor
    turn: int


class _Seen:
    """The task: images and the tokens of all their captions."""

    def __init__(
        self, captions: Mapping[str, Captions], pixels: Pixels, tokenizer: Any, settings: Optimisation, seed: int
    ) -> None:
        self._pixels, self._tokens = pixels, len(tokenizer)
        self._rows = {split: _tokens(some, tokenizer) for split, some in captions.items()}
        self._names = {split: sorted(rows) for split, rows in self._rows.items()}
        self._images = settings.sampling.batch_tokens
        self._plan = BatchPlan(
            {"": np.ones(len(self._names["train"]), np.int64)}, updates=settings.updates,
            accumulate=settings.sampling.accumulate, batch_tokens=self._images, temperature=1.0, seed=seed,
        )  # fmt: skip

    def micro(self, update: int, index: int) -> _Micro:
        """A batch of images."""
        return self._batch("train", self._plan.batch(update, index)[1], update)

    def tokens(self, micro: _Micro) -> int:
        """Tokens that the captions of the images have."""
        return int(micro.present.sum())

    def language(self, _micro: _Micro) -> str:
        """All captions are told together."""
        return "all"

    def loss(self, model: Any, micro: _Micro) -> Tensor:
        """Binary cross-entropy of every token, summed, in nats."""
        device = next(model.parameters()).device
        votes = model(self._pixels.batch(micro.names, micro.turn).to(device))
        return functional.binary_cross_entropy_with_logits(votes, micro.present.to(device), reduction="sum")

    @torch.no_grad()
    def dev_loss(self, model: Any) -> float:
        """The same on dev, in nats for each token that is there."""
        total, count = 0.0, 0
        for rows in by_length(np.ones(len(self._names["dev"]), np.int64), self._images, self._all("dev")):
            micro = self._batch("dev", rows, 0)
            total += float(self.loss(model, micro))
            count += self.tokens(micro)
        return total / count if count else float("nan")

    def _all(self, split: str) -> NDArray[np.int64]:
        return np.arange(len(self._names[split]))

    def _batch(self, split: str, rows: NDArray[np.int64], turn: int) -> _Micro:
        names = [self._names[split][row] for row in rows]
        present = torch.zeros(len(names), self._tokens)
        for row, name in enumerate(names):
            present[row, self._rows[split][name]] = 1.0
        return _Micro(names, present, turn)


def _tokens(captions: Captions, tokenizer: Any) -> dict[str, list[int]]:
    """Sentence id -> the tokens of its captions in all languages."""
    texts = sorted({(row.sentence_id, text) for rows in captions.examples.values() for row in rows for text in row[1:]})
    ids = tokenizer([text for _, text in texts], add_special_tokens=False)["input_ids"]
    found: dict[str, set[int]] = {}
    for (name, _), mine in zip(texts, ids, strict=True):
        found.setdefault(name, set()).update(mine)
    return {name: sorted(mine) for name, mine in found.items()}


def train_vision(
    tower: Any, captions: Mapping[str, Captions], pixels: Pixels, tokenizer: Any, settings: Optimisation, seed: int,
    checkpoints: Path, accelerator: Accelerator,
) -> tuple[Outcome, nn.Linear]:  # fmt: skip
    """Train a vision tower in place; ``settings.sampling.batch_tokens`` counts images. Also returns the map from a
    patch's features to its vote for each token, in log odds."""
    torch.manual_seed(seed)
    model = _Voting(tower, tower.config.hidden_size, len(tokenizer)).to(accelerator.device)
    task: Any = _Seen(captions, pixels, tokenizer, settings, seed)
    named = science_hash(settings, seed, fingerprint(tower), *captions["train"].languages)
    with accelerator.main_process_first():
        kept = Checkpoints(checkpoints, named, settings.average)
    outcome = run("vision", model, DenseUpdater(model, settings, accelerator), task, settings, kept, seed, accelerator)
    model.load_state_dict(outcome.weights, strict=False)
    return outcome, model.votes
