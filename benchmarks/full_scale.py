"""``python -m benchmarks.full_scale FOLDER``: parts 1 and 2 of the paper preset on a cluster, with hardly any training.

Every job of the preset runs, on invented corpora in the published layouts. Models are tiny and are trained for a few
updates, so what is left is the workflow itself: what it costs to queue, start and record its jobs.
"""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from crosstalk import corpora
from crosstalk.config import Config, load
from crosstalk.config.files import merged
from crosstalk.config.training import Model
from crosstalk.models.encoder import new_encoder
from crosstalk.tokens.vocabulary import train

_PART_3: dict[str, None] = {"m3_multi30k": None, "m3_ambigcaps": None}
"""Benchmarks that are left out: images cannot be invented as sentences can."""

LINES = {"train": 60, "dev": 8, "valid": 8, "test": 4, "devtest": 8}
PRESET = Path("config/presets/paper.yaml")
_SYLLABLES = [consonant + vowel for consonant in "bdgklm" for vowel in "aeiou"]
_SHORT: dict[str, Any] = {
    "updates": 2,
    "evaluate_every": 2,
    "checkpoint_every": 1,
    "sampling": {"batch_tokens": 256, "accumulate": 1},
}
SMALL: dict[str, Any] = {
    "tokens": {"max_length": 40},
    "model": {"d_model": 16, "ffn": 32, "heads": 2, "encoder_layers": 2, "decoder_layers": 1},
    "foundation": _SHORT,
    "specialisation": _SHORT,
    "sets": {"sentences": 4, "k": 2},
    "gamma": {"batches": 1, "batch_tokens": 128},
    "decode": {"beam": 1, "max_ratio": 0.5},
    "score": {"bootstrap": 100, "identifier_sentences": 40},
    "methods": {
        "adapters": {"options": {"bottleneck": 4}},
        "capa": {"options": {"batches": 1}},
    },
    "benchmarks": {
        "opus100": {"test_sentences": 2},
        "wmt10": {"test_sentences": 2, "zero_shot_sentences": 2},
        **_PART_3,
    },
    "multimodal": {"benchmarks": _PART_3},
    "speed": {"training_processes": 1, "device": "cpu"},
    "matrix": {
        "model": {"d_model": 16, "ffn": 32, "heads": 2, "layers": 1},
        "training": {"updates": 2, "sentences": 8, "warmup": 1, "max_length": 32},
        "evaluation": {"masks": 2, "sentences": 4},
        "similarity": {"encoder": "own", "model": None, "sentences": 4},
    },
}
"""What differs from the preset."""


@cache
def word(language: str, concept: int) -> str:
    """How a language calls something."""
    digest = hashlib.sha256(f"{language} {concept}".encode()).digest()
    return "".join(_SYLLABLES[byte % len(_SYLLABLES)] for byte in digest[: 2 + digest[-1] % 2])


def sentence(language: str, split: str, number: int) -> str:
    """The same meaning in every language."""
    rng = np.random.default_rng([*f"{split} {number}".encode()])
    return " ".join(word(language, concept) for concept in rng.integers(0, 200, rng.integers(5, 10)))


def write_corpora(config: Config, place: Path) -> None:
    """Every file that the preset reads sentences from."""
    for benchmark in config.benchmarks.values():
        for source in benchmark.sources:
            for file in corpora.files(source, benchmark, place):
                file.parent.mkdir(parents=True, exist_ok=True)
                if file.suffix == ".gz":
                    one, other = file.stem.split("-")
                    pairs = zip(lines(one, "train"), lines(other, "train"), strict=True)
                    file.write_bytes(gzip.compress("".join(f"{a}\t{b}\t1.2\n" for a, b in pairs).encode()))
                else:
                    split = next(part for part in file.name.replace(".", "-").split("-")[::-1] if part in LINES)
                    file.write_text("".join(f"{line}\n" for line in lines(file.name, split)), encoding="utf-8")


def lines(language: str, split: str) -> Iterator[str]:
    """A split in a language."""
    return (sentence(language.split("-")[-1].split(".")[-1], split, number) for number in range(LINES[split]))


def write_models(config: Config, place: Path) -> None:
    """A vocabulary and an encoder where the preset wants XLM-R's."""
    texts = [sentence(str(language), "train", number) for language in range(40) for number in range(60)]
    settings = config.tokens.model_copy(update={"size": 300})
    (place / "xlm-roberta-base").mkdir(exist_ok=True)
    (place / str(config.tokens.model)).write_bytes(train(texts, settings))
    shape = Model.model_validate(SMALL["model"])
    ids = settings.size + 2  # XLM-R's begin at 1, and the mask comes after the pieces
    new_encoder(shape, ids, 40, 0.0, 1).save_pretrained(place / str(config.model.pretrained))


def main(folder: Path, options: list[str]) -> int:
    """Write what it needs into ``folder``, run it, and tell in how many submissions and minutes."""
    place = folder / "data"
    place.mkdir(parents=True)
    settings = merged([Path("config.yaml"), PRESET], [f"data_dir={place}"])
    settings["benchmarks"] = {name: row for name, row in settings["benchmarks"].items() if name not in _PART_3}
    config = load({**settings, "multimodal": {}})
    write_corpora(config, place)
    write_models(config, place)
    subprocess.run(["git", "clone", "--quiet", ".", str(folder / "checkout")], check=True)
    (folder / "small.yaml").write_text(yaml.safe_dump(SMALL), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--profile", "slurm"]
    command += ["--configfile", str(PRESET), str(folder / "small.yaml"), "--config", f"data_dir={place}", *options]
    began = time.monotonic()
    with (folder / "printed").open("w", encoding="utf-8") as printed:
        into = {"cwd": folder / "checkout", "stdout": printed, "stderr": subprocess.STDOUT}
        status = subprocess.run(command, **into, check=False).returncode
    text = (folder / "printed").read_text(encoding="utf-8")
    submitted = text.count("submitted with SLURM jobid")
    print(f"{submitted} submissions to Slurm, {(time.monotonic() - began) / 60:.1f} minutes")
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), sys.argv[2:]))
