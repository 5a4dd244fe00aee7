"""What every job of part 3 reads: captions and images of a benchmark, and the model that all starts from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from crosstalk.artefacts import IMAGES, read_table
from crosstalk.config.multimodal import Base
from crosstalk.multimodal.base import load_image_processor, load_llava, load_tokenizer
from crosstalk.multimodal.examples import Captions, read_captions
from crosstalk.multimodal.pixels import Pixels
from crosstalk.multimodal.prompts import Prompter

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


@dataclass(frozen=True)
class Loaded:
    """A LLaVA with what turns sentences and images into its input."""

    model: Any
    prompter: Prompter
    processor: Any

    @property
    def tokenizer(self) -> Any:
        """The tokenizer."""
        return self.prompter.tokenizer

    @property
    def padding(self) -> int:
        """Id of the padding token; the end's where a tokenizer has none."""
        tokenizer = self.tokenizer
        return int(tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id)

    def pixels(self, setting: Setting) -> Pixels:
        """A setting's images as the model sees them."""
        return Pixels(setting.images, self.processor)


def load_base(folder: str, base: Base) -> Loaded:
    """Read a LLaVA folder; CrosstalkError when it is missing or damaged."""
    model = load_llava(folder)
    tokenizer = load_tokenizer(folder)
    prompter = Prompter(tokenizer, base.prompt, model.config.image_seq_length, base.names)
    return Loaded(model, prompter, load_image_processor(folder))
