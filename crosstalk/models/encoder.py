"""The masked-LM encoder that XLM-T starts from: XLM-R's architecture at any size."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from transformers import XLMRobertaConfig, XLMRobertaForMaskedLM

from crosstalk.config.training import Model
from crosstalk.models.folders import load_folder
from crosstalk.tokens.vocabulary import BOS, EOS, PAD

POSITION_OFFSET = PAD + 1
"""Rows of the position table before position 0, the same in XLM-R and in BART."""


def new_encoder(
    model: Model, vocabulary_size: int, max_length: int, dropout: float, seed: int
) -> XLMRobertaForMaskedLM:
    """A randomly initialised encoder for sentences of up to ``max_length`` tokens, tied embeddings."""
    torch.manual_seed(seed)
    return XLMRobertaForMaskedLM(
        XLMRobertaConfig(
            vocab_size=vocabulary_size,
            hidden_size=model.d_model,
            num_hidden_layers=model.encoder_layers,
            num_attention_heads=model.heads,
            intermediate_size=model.ffn,
            hidden_dropout_prob=dropout,
            attention_probs_dropout_prob=0.0,
            max_position_embeddings=max_length + POSITION_OFFSET,
            type_vocab_size=1,
            layer_norm_eps=1e-5,
            initializer_range=model.init_std or 0.02 * math.sqrt(768 / model.d_model),
            bos_token_id=BOS,
            pad_token_id=PAD,
            eos_token_id=EOS,
        )
    )


def load_encoder(folder: str | Path) -> XLMRobertaForMaskedLM:
    """Read an XLM-R folder (safetensors); CrosstalkError when it is none or damaged."""
    # XLM-T does without the masked-LM head.
    encoder: XLMRobertaForMaskedLM = load_folder(XLMRobertaForMaskedLM, folder, "XLM-R", needs="roberta.")
    return encoder
