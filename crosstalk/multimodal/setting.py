"""What every job of part 3 reads: captions and images of a benchmark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from crosstalk.artefacts import IMAGES, read_table
from crosstalk.multimodal.examples import Captions, read_captions

_DEV = 40
"""Dev examples of each language."""


@dataclass(frozen=True)
class Setting:
    """``captions`` by split (train, dev, test), which all have one of ``images`` (IMAGES); examples of training have at
    most ``max_length`` tokens."""

    captions: Mapping[str, Captions]
    images: pa.Table
    max_length: int

    @classmethod
    def read(
        cls, folder: str, images: str, told: Mapping[str, Any], splits: Sequence[str] = ("train", "dev")
    ) -> Setting:
        """From a corpus's folder of languages and a file of images; ``told`` as ``MultimodalWorkflow.settings``."""
        table = read_table(images, IMAGES)
        ids = table["sentence_id"].to_pylist()
        most = {"train": None, "dev": _DEV, "test": told["test_sentences"]}
        captions = {
            split: read_captions(
                Path(folder), told["pivot"], told["targets"], told["test"] if split == "test" else split, ids
            ).first(most[split])
            for split in splits
        }
        return cls(captions, table, told["max_length"])
