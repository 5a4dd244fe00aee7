"""Specialisation fine-tuning: semantic units learn from every language, syntactic ones from their own (NRD §3.2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crosstalk.methods.given import Given
    from crosstalk.training.updates import Updater


def updater(given: Given) -> Updater:
    """Batches of a language update its semantic and its syntactic units, and nothing else (Alg. 1, line 9)."""
    import torch

    from crosstalk.neurons.selection import units
    from crosstalk.training.units import Allowed, UnitUpdater

    partition = given.partition
    assert partition is not None  # the configuration sees to it
    allowed = {}
    for language in sorted(partition["language"].unique()):
        semantic, syntactic = units(partition, language, "semantic"), units(partition, language, "syntactic")
        layers = [torch.tensor([*semantic[layer], *syntactic[layer]], dtype=torch.long) for layer in semantic]
        allowed[language] = Allowed(tuple(torch.sort(layer).values for layer in layers))
    return UnitUpdater(given.model, allowed, given.settings, given.accelerator)
