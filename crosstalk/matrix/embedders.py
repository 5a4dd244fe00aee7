"""Sentence encoders: the pipeline's own, a ``transformers`` folder, or one for ``sentence-transformers``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from transformers import MODEL_MAPPING, AutoConfig, AutoTokenizer
from transformers.models.m2m_100.modeling_m2m_100 import M2M100Encoder

from crosstalk.config.matrix import Similarity
from crosstalk.errors import CrosstalkError
from crosstalk.matrix.similarity import Embed
from crosstalk.models.encoder import load_encoder
from crosstalk.models.folders import load_folder
from crosstalk.tokens.batches import pad
from crosstalk.tokens.vocabulary import BOS, EOS, PAD, Vocabulary

Pooling = Literal["mean", "first"]


def pool(
    hidden: Float[Tensor, "sentences tokens width"], mask: Int[Tensor, "sentences tokens"], how: Pooling
) -> Float[Tensor, "sentences width"]:
    """One vector for each sentence: mean over tokens that are no padding (``mask`` 1), or that of the first token."""
    if how == "first":
        return hidden[:, 0]
    weights = mask.to(hidden.dtype)[:, :, None]
    return (hidden * weights).sum(1) / weights.sum(1)


def own(
    folder: str | Path, vocabulary: Vocabulary, max_length: int, batch: int = 64, device: str | torch.device = "cpu"
) -> Embed:
    """The benchmark's masked-LM encoder, mean-pooled; sentences are cut at ``max_length`` tokens, ends included."""
    encoder: Any = load_encoder(folder).roberta
    encoder.to(device).eval()

    def tokens(texts: list[str], _language: str) -> dict[str, Tensor]:
        rows = [np.array([BOS, *ids[: max_length - 2], EOS], np.int32) for ids in vocabulary.encode(texts)]
        ids = torch.from_numpy(pad(rows, PAD))
        return {"input_ids": ids, "attention_mask": (ids != PAD).long()}

    return _embed(encoder, tokens, "mean", batch, device)


def transformers_folder(
    folder: str | Path,
    pooling: Pooling = "mean",
    max_length: int = 256,
    batch: int = 64,
    device: str | torch.device = "cpu",
) -> Embed:
    """An encoder from a ``transformers`` folder, or the encoder of an encoder-decoder.

    MEXMA pools ``first``; SONAR (its M2M-100 port) pools ``mean`` and is told the language as FLORES codes have it.
    Raises CrosstalkError when the folder is damaged or its tokenizer does not know a language it needs to be told.
    """
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise CrosstalkError(f"{folder}: not a readable transformers folder ({_first_line(error)})") from error
    kind: Any = M2M100Encoder if config.architectures == ["M2M100Encoder"] else MODEL_MAPPING.get(type(config), None)
    if not inspect.isclass(kind):
        raise CrosstalkError(f"{folder}: model type {config.model_type!r} is no text encoder")
    pooler = "add_pooling_layer" in inspect.signature(kind.__init__).parameters
    unpooled: dict[str, Any] = {"add_pooling_layer": False} if pooler else {}
    model = load_folder(cast(Any, kind), folder, "transformers", **unpooled)
    encoder = model.get_encoder() if config.is_encoder_decoder and kind is not M2M100Encoder else model

    def tokens(texts: list[str], language: str) -> dict[str, Tensor]:
        if hasattr(tokenizer, "src_lang"):
            if tokenizer.convert_tokens_to_ids(language) in (None, tokenizer.unk_token_id):
                raise CrosstalkError(f"{folder}: its tokenizer does not know the language {language!r}")
            tokenizer.src_lang = language
        found = tokenizer(texts, padding=True, truncation=True, max_length=max_length, return_tensors="pt")
        return {name: found[name] for name in ("input_ids", "attention_mask")}

    return _embed(encoder.to(device).eval(), tokens, pooling, batch, device)


def sentence_transformers_folder(folder: str | Path, batch: int = 64, device: str | torch.device = "cpu") -> Embed:
    """An encoder from a ``sentence-transformers`` folder, with the pooling that it names.

    Raises CrosstalkError when the library is not installed or the folder is not readable.
    """
    try:
        library: Any = import_module("sentence_transformers")
    except ImportError as error:
        raise CrosstalkError(
            "matrix.similarity.encoder: 'sentence_transformers' needs a library that is not installed; "
            "pip install sentence-transformers, or use 'transformers'"
        ) from error
    try:
        model = library.SentenceTransformer(
            str(folder), device=str(device), local_files_only=True, model_kwargs={"use_safetensors": True}
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise CrosstalkError(f"{folder}: not a readable sentence-transformers folder ({_first_line(error)})") from error

    def embed(texts: list[str], _language: str) -> np.ndarray:
        return np.asarray(model.encode(texts, batch_size=batch, convert_to_numpy=True), np.float32)

    return embed


def embedder(
    settings: Similarity, folder: str | Path, vocabulary: Vocabulary, max_length: int, batch: int, device: torch.device
) -> Embed:
    """The sentence encoder of ``matrix.similarity``, read from its folder."""
    if settings.encoder == "own":
        return own(folder, vocabulary, max_length, batch, device)
    if settings.encoder == "transformers":
        return transformers_folder(folder, settings.pooling, batch=batch, device=device)
    return sentence_transformers_folder(folder, batch, device)


def _embed(
    encoder: Any,
    tokens: Callable[[list[str], str], dict[str, Tensor]],
    pooling: Pooling,
    batch: int,
    device: str | torch.device,
) -> Embed:
    @torch.inference_mode()
    def embed(texts: list[str], language: str) -> np.ndarray:
        parts: dict[int, np.ndarray] = {}
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            inputs = {name: value.to(device) for name, value in tokens([texts[at] for at in chosen], language).items()}
            hidden = encoder(**inputs).last_hidden_state
            pooled = pool(hidden, inputs["attention_mask"], pooling).float().cpu().numpy()
            parts.update(zip(chosen, pooled, strict=True))
        return np.stack([parts[at] for at in range(len(texts))])

    return embed


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
