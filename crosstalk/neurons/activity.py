"""How often units are active on a direction's sentences, and which of them hold most of that (Tan et al. 2024)."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor
from transformers import PreTrainedModel

from crosstalk.errors import CrosstalkError
from crosstalk.models.units import SIDES, Side, feed_forwards, watching
from crosstalk.tokens.batches import by_length
from crosstalk.tokens.bitexts import Bitexts, Direction
from crosstalk.tokens.vocabulary import PAD
from crosstalk.training.translation import translation_loss

_BATCH_TOKENS = 2048

Layers = dict[Side, list[Tensor]]
"""For each layer of a side, something of every unit."""


@torch.no_grad()
def activity(model: PreTrainedModel, dev: Bitexts, direction: Direction) -> Layers:
    """Number of tokens on which each unit is active (a > 0), teacher-forced on all dev sentences, padding excluded.

    Raises CrosstalkError for a direction without dev sentences.
    """
    if direction not in dev.pairs:
        raise CrosstalkError(f"{direction} has no dev sentences to count active units on")
    model.eval()
    counts: Layers = {
        side: [torch.zeros(block.units, device=model.device) for block in feed_forwards(model, side)] for side in SIDES
    }
    lengths = dev.pairs[direction].lengths
    for rows in by_length(lengths, _BATCH_TOKENS, np.arange(len(lengths))):
        micro = dev.micro(direction, rows)
        tokens = {
            side: torch.from_numpy(ids != PAD).to(model.device)
            for side, ids in zip(SIDES, (micro.source, micro.target), strict=True)
        }

        def encoder(layer: int, hidden: Tensor, counted: Tensor = tokens["encoder"]) -> None:
            counts["encoder"][layer] += (hidden[counted] > 0).sum(0)

        def decoder(layer: int, hidden: Tensor, counted: Tensor = tokens["decoder"]) -> None:
            counts["decoder"][layer] += (hidden[counted] > 0).sum(0)

        with watching(model, encoder), watching(model, decoder, side="decoder"):
            translation_loss(model, micro, dev.tags, 0.0)
    return counts


def shortest_prefix(counts: Float[Tensor, " units"], share: float) -> Bool[Tensor, " units"]:
    """The fewest units, by count, that hold ``share`` of the total (Tan et al. 2024)."""
    order = counts.argsort(descending=True, stable=True)
    before = counts[order].double().cumsum(0) - counts[order]
    kept = torch.zeros(len(counts), dtype=torch.bool, device=counts.device)
    kept[order[before < share * counts.double().sum()]] = True
    return kept


def most_active(model: PreTrainedModel, dev: Bitexts, direction: Direction, share: float) -> Layers:
    """For every layer the units that hold ``share`` of its activity."""
    return {
        side: [shortest_prefix(layer, share) for layer in layers]
        for side, layers in activity(model, dev, direction).items()
    }


def unit_masks(model: PreTrainedModel, chosen: Layers) -> dict[str, Tensor]:
    """Masks of parameters by name, which broadcast: of a chosen unit its rows, its bias, its column count."""
    names = {id(value): name for name, value in model.named_parameters()}
    masks: dict[str, Tensor] = {}
    for side in SIDES:
        for block, units in zip(feed_forwards(model, side), chosen[side], strict=True):
            *into, out = block.parameters
            masks |= {names[id(value)]: units[:, None] if value.ndim == 2 else units for value in into}
            masks[names[id(out)]] = units[None, :]
    return masks
