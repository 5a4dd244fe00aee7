"""Trains by every method in this process, or as one of several that torchrun started, and writes what came out.

``python -m tests.unit.training.worker CORPUS OUT``: CORPUS is the folder of the small corpus.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from accelerate import Accelerator
from safetensors.torch import save_file

from crosstalk.config.data import Sampling
from crosstalk.config.training import Model, Specialisation
from crosstalk.methods.given import Given
from crosstalk.methods.registry import options
from crosstalk.methods.specialise import specialise
from crosstalk.models.encoder import new_encoder
from crosstalk.models.xlmt import from_encoder
from crosstalk.tokens.store import TokenStore
from crosstalk.tokens.vocabulary import Vocabulary

LANGUAGES = ("eng_Latn", "qaa_Latn", "qab_Cyrl")
TRAININGS = {
    "sparse": {},
    "dense": {},
    "adapters": {"bottleneck": 4},
    "neuron_specialization": {"share": 0.6},
    "capa": {},
}
SHAPE = Model(d_model=16, ffn=24, heads=2, encoder_layers=2, decoder_layers=2)
SETTINGS = Specialisation(
    updates=10, warmup=0, learning_rate=1e-3, eps=1e-6, average=1, evaluate_every=5, checkpoint_every=10, dropout=0.0,
    sampling=Sampling(batch_tokens=64, accumulate=4),
)  # fmt: skip


def partition() -> pd.DataFrame:
    """Unit 0 is semantic, each language has two syntax-sensitive units of its own, in both layers."""
    rows = [
        (layer, unit, language, "semantic" if unit == 0 else "syntactic" if (unit - 1) // 2 == place else "other")
        for place, language in enumerate(LANGUAGES)
        for layer in (0, 1)
        for unit in range(24)
    ]
    return pd.DataFrame(rows, columns=["layer", "unit", "language", "role"])


def main(corpus: Path, out: Path) -> None:
    """Write ``{training}.{rank}.safetensors``, the model as this process has it, and ``start.safetensors``."""
    accelerator = Accelerator(cpu=True)
    vocabulary = Vocabulary.load(corpus / "vocabulary")
    stores = {language: TokenStore.open(corpus / language) for language in LANGUAGES}
    for training, chosen in TRAININGS.items():
        encoder = new_encoder(SHAPE, vocabulary.size, 40, 0.0, 1)
        model = from_encoder(encoder, SHAPE, vocabulary.size, 0.0, 1)
        if accelerator.is_main_process:
            save_file({k: v.clone() for k, v in model.named_parameters()}, out / "start.safetensors")
        given = Given(
            model, stores, vocabulary, partition(), SHAPE, SETTINGS, options(training, chosen), 40, "eng_Latn", 1,
            accelerator,
        )  # fmt: skip
        specialise(training, given, out / f"{training}.checkpoints")
        weights = {name: value.detach().clone() for name, value in model.named_parameters()}
        save_file(weights, out / f"{training}.{accelerator.process_index}.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
