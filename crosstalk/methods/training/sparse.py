"""Specialisation fine-tuning: semantic units learn from every language, syntactic ones from their own (NRD §3.2.2)."""

from __future__ import annotations

import pandas as pd
import torch
from accelerate import Accelerator
from transformers import PreTrainedModel

from crosstalk.config.training import Specialisation
from crosstalk.neurons.selection import units
from crosstalk.training.units import Allowed, UnitUpdater


def updater(
    model: PreTrainedModel, partition: pd.DataFrame, settings: Specialisation, accelerator: Accelerator
) -> UnitUpdater:
    """Batches of a language update its semantic and its syntactic units, and nothing else (Alg. 1, line 9)."""
    allowed = {}
    for language in sorted(partition["language"].unique()):
        semantic, syntactic = units(partition, language, "semantic"), units(partition, language, "syntactic")
        layers = [torch.tensor([*semantic[layer], *syntactic[layer]], dtype=torch.long) for layer in semantic]
        allowed[language] = Allowed(tuple(torch.sort(layer).values for layer in layers))
    return UnitUpdater(model, allowed, settings, accelerator)
