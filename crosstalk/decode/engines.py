"""What beam search runs on: transformers or CTranslate2, which give the same hypotheses."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from crosstalk.config.nrd import Decode
from crosstalk.config.root import Speed
from crosstalk.decode.converted import Converted, convert
from crosstalk.decode.filtered import Mask, folded
from crosstalk.decode.limits import Rows
from crosstalk.models.adapters import slots
from crosstalk.models.named import BartForConditionalGeneration
from crosstalk.models.stored import load_stored
from crosstalk.models.variants import has_adapters
from crosstalk.tokens.vocabulary import Vocabulary

Search = Callable[[Rows, Sequence[int], str], list[list[int]]]
"""Sources with tag and end, the decoder's first ids, name of the progress bar (empty: none) -> best hypotheses."""


def engine(speed: Speed, settings: Decode, device: str, adapters: bool = False) -> str:
    """The engine that ``speed.engine`` means on a ``device`` (cpu, cuda); CTranslate2 knows no ``adapters``."""
    if adapters or speed.engine != "auto":
        return "transformers" if adapters else speed.engine
    return "ctranslate2" if device == "cpu" and settings.stop == "count" else "transformers"


def load_model(
    folder: str | Path, settings: Decode, speed: Speed, device: torch.device
) -> BartForConditionalGeneration:
    """The model of a folder on a device; its weights alone where CTranslate2 runs them on a CPU.

    Raises CrosstalkError when the folder is damaged.
    """
    if device.type == "cpu" and engine(speed, settings, "cpu", has_adapters(folder)) == "ctranslate2":
        return load_stored(folder)
    from crosstalk.models.xlmt import load_xlmt

    return load_xlmt(folder, device=device)


@contextmanager
def searching(
    model: BartForConditionalGeneration, vocabulary: Vocabulary, mask: Mask, settings: Decode, speed: Speed
) -> Iterator[Search]:
    """Beam search with ``model`` under a language's ``mask``; for CTranslate2, a copy in a temporary folder."""
    device, batch = model.device.type, speed.batch_sentences
    adapters = any(slots(model, "encoder")) or any(slots(model, "decoder"))
    if engine(speed, settings, device, adapters) == "transformers":
        from crosstalk.decode.search import beam_search

        with folded(model.eval(), mask):
            yield lambda sources, starts, name: beam_search(model, sources, starts, settings, batch, name)
        return
    with tempfile.TemporaryDirectory(prefix="crosstalk-") as folder:
        with folded(model, mask):
            convert(model, vocabulary.spellings(), Path(folder))
        positions = model.config.max_position_embeddings
        copy = Converted(folder, vocabulary.spellings(), positions, device, speed.decoding_threads)
        yield lambda sources, starts, name: copy.beam_search(sources, starts, settings, batch, name)
