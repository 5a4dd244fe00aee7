"""Which weights a direction needs: large ones with large gradients, more of them where gradients agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from transformers import PreTrainedModel

from crosstalk.errors import CrosstalkError
from crosstalk.tokens.bitexts import Bitexts, Direction
from crosstalk.training.gradients import mean_gradient


def maps(model: PreTrainedModel) -> dict[str, Tensor]:
    """Weights of every linear map in the layers of encoder and decoder, by parameter name."""
    return {
        f"{name}.weight": module.weight
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and ".layers." in name
    }


def kept_shares(
    consistency: Float[Tensor, "directions maps"], base: float, slope: float, least: float
) -> Float[Tensor, "directions maps"]:
    """clip(base + slope z(c), least, 1), z over all directions and maps (Huo et al. 2024, reconstructed)."""
    spread = consistency.std(correction=0)
    z = (consistency - consistency.mean()) / spread if spread > 0 else torch.zeros_like(consistency)
    return (base + slope * z).clamp(least, 1.0)


def largest(scores: Tensor, share: float) -> Tensor:
    """Booleans of the shape of ``scores``: the largest ``share`` of them."""
    mask = torch.zeros(scores.numel(), dtype=torch.bool, device=scores.device)
    mask[scores.flatten().topk(round(share * scores.numel())).indices] = True
    return mask.view_as(scores)


def consistent_masks(
    model: PreTrainedModel, dev: Bitexts, directions: Sequence[Direction], batches: int, batch_tokens: int, seed: int,
    base: float, slope: float, least: float,
) -> dict[str, dict[str, Tensor]]:  # fmt: skip
    """Direction -> name of a map's weight -> which entries it keeps: the top r by |w g| (Huo et al. 2024).

    Gradients of no two directions are held at once, so each is computed three times. Raises CrosstalkError for a
    direction without dev sentences.
    """
    if lacking := [d for d in directions if d not in dev.pairs]:
        raise CrosstalkError(f"capa: {lacking[0]} has no dev sentences to measure gradients on")
    weights = maps(model)
    model.eval()

    def gradients() -> Iterator[list[Tensor]]:
        for direction in directions:
            yield mean_gradient(model, dev, direction, list(weights.values()), batches, batch_tokens, seed)[0]

    mean = [torch.zeros_like(value) for value in weights.values()]
    for gradient in gradients():
        torch._foreach_add_(mean, gradient)
    cosine = torch.nn.functional.cosine_similarity
    consistency = torch.stack(
        [
            torch.stack([cosine(g.flatten(), m.flatten(), dim=0) for g, m in zip(gradient, mean, strict=True)])
            for gradient in gradients()
        ]
    )
    shares = kept_shares(consistency, base, slope, least)
    return {
        str(direction): {
            name: largest((value.detach() * g).abs(), float(kept))
            for (name, value), g, kept in zip(weights.items(), gradient, row, strict=True)
        }
        for direction, gradient, row in zip(directions, gradients(), shares, strict=True)
    }
