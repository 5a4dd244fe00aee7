"""Models to take away: for each source language, folders of CTranslate2 and of transformers with its mask folded in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import get_args

from tqdm import tqdm

from crosstalk.artefacts import whole_folder
from crosstalk.corpora.short_codes import language as short
from crosstalk.decode.card import Card, Kind
from crosstalk.decode.converted import convert
from crosstalk.decode.filtered import folded, read_masks
from crosstalk.decode.parts import Parts
from crosstalk.decode.search import beam_settings
from crosstalk.errors import CrosstalkError
from crosstalk.models.variants import Variants
from crosstalk.models.xlmt import load_xlmt
from crosstalk.tokens.vocabulary import EOS, Vocabulary, copy_vocabulary

ANY = "any"
"""The folder of a model without a filter, which is the same for every source language."""


def export(parts: Parts, languages: Iterable[str] | None, out: Path, quantization: str | None = None) -> list[Path]:
    """Write ``out/{language}/ctranslate2`` and ``.../transformers`` for each source language; returns these folders.

    ``languages`` None are all that have a tag; one without rows in the partition is not filtered, as in decoding. A
    model without a filter is written once, as ``out/any``. ``quantization`` is that of CTranslate2's weights, None for
    float32, which the transformers folders always have; CTranslate2 has no ``decode.stop`` but count.

    Raises CrosstalkError when a file is missing or damaged, the vocabulary lacks a language or does not fit the model,
    the model has variants, or a folder of that name is there that is no export.
    """
    vocabulary, model = Vocabulary.load(parts.vocabulary), load_xlmt(parts.model)
    if Variants(parts.model, model):
        raise CrosstalkError(f"{parts.model}: has weights of its own for some directions; expected one model for all")
    if vocabulary.size != model.config.vocab_size:
        raise CrosstalkError(
            f"{parts.vocabulary}: has {vocabulary.size} ids, the model {model.config.vocab_size}; it is another one's"
        )
    chosen = [short(language, vocabulary.tags) for language in (vocabulary.tags if languages is None else languages)]
    factors, filters = read_masks(parts.partition, parts.gamma, parts.filter)
    if parts.partition and not filters.keys() & set(chosen):
        raise CrosstalkError(f"{parts.partition}: has no rows of {', '.join(chosen)}; name the model's own partition")
    model.generation_config = beam_settings(parts.decode)
    model.generation_config.update(decoder_start_token_id=EOS, max_length=model.config.max_position_embeddings)
    written = []
    for name in tqdm(chosen if parts.partition else [ANY], desc="export", unit="folder"):
        if (out / name).exists() and not all((out / name / kind).is_dir() for kind in get_args(Kind)):
            raise CrosstalkError(f"{out / name}: is there already, and is no export; choose another --out")
        with whole_folder(out / name) as part:
            for kind in get_args(Kind):
                place = part / kind
                place.mkdir()
                with folded(model, filters.get(name, {})):
                    if kind == "ctranslate2":
                        convert(model, vocabulary.spellings(), place, quantization)
                    else:
                        model.save_pretrained(place)
                copy_vocabulary(parts.vocabulary, place)
                Card(
                    kind=kind,
                    source=None if name == ANY else name,
                    targets=list(vocabulary.tags),
                    tag=parts.tag,
                    max_length=min(parts.max_length, model.config.max_position_embeddings),
                    positions=model.config.max_position_embeddings,
                    decode=parts.decode.model_copy(update={"stop": "count"} if kind == "ctranslate2" else {}),
                    quantization=quantization if kind == "ctranslate2" else None,
                    filter={**parts.filter, "factor": factors.get(name, 1.0)},
                    provenance=dict(parts.provenance),
                ).save(place)
                written.append(out / name / kind)
    return written
