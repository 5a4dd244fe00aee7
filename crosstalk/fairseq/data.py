"""Token stores as fairseq's binary datasets."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch

from crosstalk.artefacts import whole_folder
from crosstalk.errors import CrosstalkError
from crosstalk.fairseq.dictionary import write_dictionary
from crosstalk.fairseq.shim import load_fairseq
from crosstalk.tokens.bitexts import Bitexts, Direction
from crosstalk.tokens.vocabulary import EOS, Vocabulary

SPLITS = {"train": "train", "dev": "valid", "test": "test"}
"""Ours and theirs."""


def binarise(splits: dict[str, Bitexts], vocabulary: Vocabulary, folder: Path) -> None:
    """Write each pair of each split, with a dictionary of ``vocabulary`` for every language.

    A pair is written once for its two directions. Raises CrosstalkError when fairseq is not installed, or the two
    sides of a pair have another number of lines than was written.
    """
    load_fairseq()
    datasets = import_module("fairseq.data.indexed_dataset")
    pieces = vocabulary.spellings()
    with whole_folder(folder) as part:
        for language in vocabulary.tags:
            write_dictionary(pieces, part / f"dict.{language}.txt")
        for ours, bitexts in splits.items():
            for direction, pair in bitexts.pairs.items():
                if direction.src > direction.tgt and Direction(*reversed(direction)) in bitexts.pairs:
                    continue
                sides = {direction.src: pair.source_rows, direction.tgt: pair.target_rows}
                for language, rows in sides.items():
                    prefix = part / f"{SPLITS[ours]}.{direction}.{language}"
                    _write(datasets, prefix, (bitexts.stores[language][row] for row in rows), vocabulary.size)
                    written = len(datasets.MMapIndexedDataset(str(prefix)))
                    if written != len(pair):
                        raise CrosstalkError(f"{prefix}: {written} lines were written; expected {len(pair)}")


def _write(datasets: Any, prefix: Path, rows: Iterable[np.ndarray], size: int) -> None:
    builder = datasets.make_builder(f"{prefix}.bin", impl="mmap", vocab_size=size)
    for row in rows:
        builder.add_item(torch.tensor([*row.tolist(), EOS], dtype=torch.long))
    builder.finalize(f"{prefix}.idx")
