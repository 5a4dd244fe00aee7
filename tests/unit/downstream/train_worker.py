"""Trains a mixture in this process, or as one of several that have the encoder sharded, and writes its weights.

``python -m tests.unit.downstream.train_worker CORPUS OUT``: CORPUS is the folder of the small corpus.
"""

from __future__ import annotations

import sys
from pathlib import Path

from accelerate import Accelerator
from safetensors.torch import save_file

from crosstalk.downstream.mixtures import Languages
from crosstalk.downstream.training import train
from crosstalk.tokens.store import open_stores
from crosstalk.tokens.vocabulary import Vocabulary
from tests.unit.downstream.test_training import ENG, QAA, SETTINGS


def main(corpus: Path, out: Path) -> None:
    accelerator = Accelerator(cpu=True)
    mixture = Languages("eng_Latn.low1", "low1", (ENG,), (ENG, QAA))
    stores, vocabulary = open_stores([corpus / ENG, corpus / QAA]), Vocabulary.load(corpus / "vocabulary")
    _, outcome = train(mixture, stores, vocabulary, SETTINGS, 40, 1, out / "checkpoints", accelerator)
    if accelerator.is_main_process:
        save_file(dict(outcome.weights), out / "weights.safetensors")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
