"""Gradients of each source language's loss on dev, and gamma from them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor, nn
from tqdm import tqdm
from transformers import PreTrainedModel

from crosstalk.artefacts import GAMMA
from crosstalk.config.nrd import Gamma
from crosstalk.errors import CrosstalkError
from crosstalk.gamma.consistency import gradient_consistency, null_consistency
from crosstalk.models.units import encoder_of
from crosstalk.tokens.bitexts import Bitexts, Direction
from crosstalk.training.gradients import mean_gradient

_NULL_DRAWS = 20


def encoder_parameters(model: PreTrainedModel, embeddings: bool) -> list[nn.Parameter]:
    """The parameters whose gradients are compared (METHODS §1, 15)."""
    return [value for name, value in encoder_of(model).named_parameters() if embeddings or "embed" not in name]


def direction_gradient(
    model: PreTrainedModel, dev: Bitexts, direction: Direction, settings: Gamma, seed: int
) -> tuple[Tensor, int]:
    """Mean over validation batches of the gradient of the loss per token [parameters], and how many there were."""
    parameters = encoder_parameters(model, settings.embeddings)
    gradients, batches = mean_gradient(model, dev, direction, parameters, settings.batches, settings.batch_tokens, seed)
    return torch.cat([value.flatten() for value in gradients]).cpu(), batches


def measure(model: PreTrainedModel, dev: Bitexts, settings: Gamma, seed: int) -> pa.Table:
    """GAMMA rows of every source language; g_l is the mean over the directions with source l (METHODS §1, 15)."""
    model.eval()
    languages = sorted({direction.src for direction in dev.pairs})
    if len(languages) < 2:
        raise CrosstalkError(
            f"gamma: needs dev sentences of two source languages, found {', '.join(languages) or 'none'}"
        )
    gradients, directions, batches = [], [], []
    for language in tqdm(languages, desc="gamma", unit="language", mininterval=2):
        parts = [direction_gradient(model, dev, d, settings, seed) for d in dev.pairs if d.src == language]
        gradients.append(torch.stack([gradient for gradient, _ in parts]).mean(0))
        directions.append(len(parts))
        batches.append(sum(count for _, count in parts))
    stacked = torch.stack(gradients)
    gamma = gradient_consistency(stacked, settings.mean, settings.norm).numpy()
    null = null_consistency(stacked, _NULL_DRAWS, seed, settings.mean, settings.norm).numpy()
    low, high = np.quantile(null, [0.025, 0.975], axis=0)
    columns = {
        "language": languages,
        "gamma": gamma,
        "directions": directions,
        "batches": batches,
        "null": null.mean(axis=0),
        "null_low": low,
        "null_high": high,
    }
    return pa.table(columns).cast(GAMMA)
