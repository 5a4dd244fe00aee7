"""Fine-tunes a small LLaVA in this process, or as one of several that have it sharded, and writes what came out.

``python -m tests.unit.multimodal.tune_worker CORPUS OUT``: CORPUS is the folder of the small captioned corpus. Each
training is made at once (``whole``) and in two parts (``parted``), the second of which starts from a checkpoint.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import pandas as pd
from accelerate import Accelerator
from safetensors.torch import save_file

from crosstalk.config.data import Sampling
from crosstalk.config.training import Optimisation
from crosstalk.errors import CrosstalkError
from crosstalk.multimodal.activations import linear_maps
from crosstalk.multimodal.setting import Setting
from crosstalk.multimodal.tuning import save, tune
from crosstalk.training import loop
from tests.unit.multimodal.conftest import CODES, TOLD, new_base

SETTINGS = Optimisation(
    updates=6, warmup=0, learning_rate=1e-3, eps=1e-6, average=1, evaluate_every=3, checkpoint_every=3, dropout=0.0,
    sampling=Sampling(batch_tokens=200, accumulate=2),
)  # fmt: skip


def partition(model) -> pd.DataFrame:
    """Layers 0, 5 and 9: unit 0 is for all languages, 1 and 2 for one each, the others are for the second."""
    rows = [
        (layer, unit, language, "agnostic" if unit == 0 else "specific" if min(unit, 2) - 1 == place else "other")
        for layer in (0, 5, 9)
        for unit in range(list(linear_maps(model).values())[layer].out_features)
        for place, language in enumerate(CODES[1:])
    ]
    return pd.DataFrame(rows, columns=["layer", "unit", "language", "role"])


def main(corpus: Path, out: Path) -> None:
    accelerator = Accelerator(cpu=True)
    setting = Setting.read(str(corpus / "languages"), str(corpus / "images.parquet"), TOLD)
    start = new_base(setting).model
    if accelerator.is_main_process:
        save_file({name: value.detach().clone() for name, value in start.named_parameters()}, out / "start.safetensors")
    chosen = {"sft": (None, ()), "neumt": (partition(start), ("agnostic", "specific"))}
    for name, (rows, roles) in chosen.items():
        for parts in ("whole", "parted"):
            work = partial(fine_tune, setting, rows, roles, out / f"{name}.{parts}", accelerator)
            if parts == "parted":
                stop_after(3, work)
            base, outcome = work()
            if accelerator.is_main_process:
                save(base, outcome, out / f"{name}.{parts}.model", str(out / f"{name}.{parts}.curve.parquet"))
            accelerator.wait_for_everyone()


def fine_tune(setting, rows, roles, checkpoints: Path, accelerator: Accelerator):
    base = new_base(setting)
    return base, tune(base, setting, SETTINGS, 1, checkpoints, accelerator, "tune", rows, roles)


def stop_after(updates: int, work) -> None:
    """Let a training fail after some updates."""
    rate = loop.learning_rate

    def failing(update: int, settings: Optimisation) -> float:
        if update == updates:
            raise CrosstalkError("stopped")
        return rate(update, settings)

    loop.learning_rate = failing
    try:
        work()
    except CrosstalkError:
        pass
    finally:
        loop.learning_rate = rate


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
