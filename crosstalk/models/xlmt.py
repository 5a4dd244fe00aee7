"""XLM-T (Ma et al. 2020) as BART: XLM-R's encoder, and a decoder started from the same weights (METHODS §1)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import BartConfig, BartForConditionalGeneration, XLMRobertaConfig, XLMRobertaForMaskedLM

from crosstalk.config.training import Model
from crosstalk.errors import CrosstalkError
from crosstalk.models.encoder import POSITION_OFFSET
from crosstalk.models.folders import load_folder
from crosstalk.tokens.vocabulary import BOS, EOS, PAD

_ATTENTION = {"q_proj": "self.query", "k_proj": "self.key", "v_proj": "self.value", "out_proj": "output.dense"}


def untrained(
    shape: XLMRobertaConfig, model: Model, vocabulary_size: int, dropout: float, seed: int
) -> BartForConditionalGeneration:
    """XLM-T of an encoder's ``shape``, at random.

    Raises CrosstalkError when the encoder's architecture is not XLM-R's.
    """
    if shape.layer_norm_eps != 1e-5 or shape.hidden_act != "gelu":
        raise CrosstalkError("model.pretrained: expected XLM-R (GELU, layer_norm_eps 1e-5); BART has no other")
    torch.manual_seed(seed)
    return BartForConditionalGeneration(
        BartConfig(
            vocab_size=vocabulary_size,
            d_model=shape.hidden_size,
            encoder_layers=shape.num_hidden_layers,
            decoder_layers=model.decoder_layers,
            encoder_ffn_dim=shape.intermediate_size,
            decoder_ffn_dim=shape.intermediate_size,
            encoder_attention_heads=shape.num_attention_heads,
            decoder_attention_heads=shape.num_attention_heads,
            max_position_embeddings=shape.max_position_embeddings - POSITION_OFFSET,
            dropout=dropout,
            attention_dropout=0.0,
            activation_dropout=0.0,
            activation_function="gelu",
            init_std=shape.initializer_range,
            scale_embedding=False,
            bos_token_id=BOS,
            pad_token_id=PAD,
            eos_token_id=EOS,
            decoder_start_token_id=EOS,
            forced_eos_token_id=None,
        )
    )


def from_encoder(
    encoder: XLMRobertaForMaskedLM, model: Model, vocabulary_size: int, dropout: float, seed: int
) -> BartForConditionalGeneration:
    """Build XLM-T from an XLM-R encoder; ids beyond the encoder's (tags) start at random.

    The token-type row is folded into the positions, so the BART encoder's output equals XLM-R's to rounding.
    Raises CrosstalkError when the encoder's architecture is not XLM-R's.
    """
    shape = encoder.config
    bart = untrained(shape, model, vocabulary_size, dropout, seed)
    source = encoder.roberta.state_dict()
    weights: dict[str, Tensor] = {}
    words = bart.model.shared.weight.detach().clone()
    rows = min(len(words), len(source["embeddings.word_embeddings.weight"]))
    words[:rows] = source["embeddings.word_embeddings.weight"][:rows]
    weights["shared.weight"] = weights["encoder.embed_tokens.weight"] = weights["decoder.embed_tokens.weight"] = words
    positions = source["embeddings.position_embeddings.weight"] + source["embeddings.token_type_embeddings.weight"][0]
    for side in ("encoder", "decoder"):
        weights[f"{side}.embed_positions.weight"] = positions
        for part in ("weight", "bias"):
            weights[f"{side}.layernorm_embedding.{part}"] = source[f"embeddings.LayerNorm.{part}"]
    for layer in range(shape.num_hidden_layers):
        weights |= _layer(source, layer, f"encoder.layers.{layer}", cross=False)
    for layer, origin in enumerate(_decoder_origins(model, shape.num_hidden_layers)):
        weights |= _layer(source, origin, f"decoder.layers.{layer}", cross=model.cross_attention == "self_attention")
    bart.model.load_state_dict(weights, strict=False)
    bart.tie_weights()
    return bart


def _decoder_origins(model: Model, layers: int) -> list[int]:
    """Encoder layers that the decoder's layers start from; none for a random decoder."""
    wanted = model.decoder_layers
    if model.decoder_from == "random":
        return []
    if wanted > layers:
        raise CrosstalkError(
            f"model.decoder_layers: {wanted} cannot start from {layers} encoder layers; use decoder_from: random"
        )
    if model.decoder_from == "first":
        return list(range(wanted))
    if model.decoder_from == "top":
        return list(range(layers - wanted, layers))
    return [i * layers // wanted for i in range(wanted)]


def _layer(source: dict[str, Tensor], layer: int, target: str, cross: bool) -> dict[str, Tensor]:
    origin = f"encoder.layer.{layer}"
    names = {f"{target}.self_attn.{ours}": f"{origin}.attention.{theirs}" for ours, theirs in _ATTENTION.items()}
    names[f"{target}.self_attn_layer_norm"] = f"{origin}.attention.output.LayerNorm"
    names[f"{target}.fc1"] = f"{origin}.intermediate.dense"
    names[f"{target}.fc2"] = f"{origin}.output.dense"
    names[f"{target}.final_layer_norm"] = f"{origin}.output.LayerNorm"
    if cross:
        names |= {
            f"{target}.encoder_attn.{ours}": f"{origin}.attention.{theirs}" for ours, theirs in _ATTENTION.items()
        }
        names[f"{target}.encoder_attn_layer_norm"] = f"{origin}.attention.output.LayerNorm"
    return {
        f"{ours}.{part}": source[f"{theirs}.{part}"] for ours, theirs in names.items() for part in ("weight", "bias")
    }


def load_xlmt(
    folder: str | Path, dropout: float | None = None, device: torch.device | None = None
) -> BartForConditionalGeneration:
    """Read a model folder (safetensors) to a device, with another dropout if given.

    Raises CrosstalkError when the folder is missing or damaged.
    """
    overrides: dict[str, Any] = {} if dropout is None else {"dropout": dropout}
    model: BartForConditionalGeneration = load_folder(BartForConditionalGeneration, folder, "model", **overrides).to(
        device
    )
    return model


def decoder_inputs(target: Tensor, start: int = EOS) -> Tensor:
    """Labels [sentences, tokens] moved right by one; ``start`` comes first, as generation begins."""
    shifted = torch.full_like(target, PAD)
    shifted[:, 1:] = target[:, :-1]
    shifted[:, 0] = start
    return shifted
