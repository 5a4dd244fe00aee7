"""Trains chosen rows of a small model, as one process or as two that have it sharded, and writes what came out.

``python -m tests.unit.training.row_worker OUT``: OUT lacks its ending .safetensors.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from accelerate import Accelerator
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

from crosstalk.config.training import Optimisation
from crosstalk.training.rows import RowUpdater
from crosstalk.training.sharding import shard

ALLOWED = {
    "a": {"2": torch.tensor([0, 1]), "4": torch.tensor([2])},
    "b": {"2": torch.tensor([1, 4]), "4": torch.tensor([3])},
}


def new_model() -> nn.Sequential:
    """Three maps, of which the first has no chosen row and the last no bias."""
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(4, 6), nn.GELU(), nn.Linear(6, 5), nn.GELU(), nn.Linear(5, 4, bias=False))


def batch(model: nn.Module, update: int, language: str) -> Tensor:
    """A loss that differs by update and language."""
    generator = torch.Generator().manual_seed(10 * update + ord(language))
    inputs, wanted = torch.randn(3, 4, generator=generator), torch.randn(3, 4, generator=generator)
    loss: Tensor = (model(inputs) - wanted).square().sum()
    return loss


def main(out: Path) -> None:
    """Each process has a language of every update."""
    accelerator = Accelerator(cpu=True)
    model = new_model()
    if accelerator.num_processes > 1:
        shard(model, [model[2], model[4]], half=False)
    updater = RowUpdater(model, ALLOWED, Optimisation(updates=1, clip=0.5, dropout=0.0, eps=1e-6), accelerator)
    mine = "ab"[accelerator.process_index :: accelerator.num_processes]
    for update in range(6):
        for language in mine:
            updater.begin(language)
            batch(model, update, language).backward()
        updater.step(1e-2)
    whole = {k: v.full_tensor() if isinstance(v, DTensor) else v for k, v in model.state_dict().items()}
    if accelerator.is_main_process:
        save_file({name: value.detach().clone() for name, value in whole.items()}, f"{out}.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
