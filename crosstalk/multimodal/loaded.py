"""The model that everything with LLaVA starts from, read for a job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crosstalk.config.multimodal import Base
from crosstalk.multimodal.base import load_image_processor, load_llava, load_tokenizer
from crosstalk.multimodal.pixels import Pixels
from crosstalk.multimodal.prompts import Prompter
from crosstalk.multimodal.setting import Setting


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
