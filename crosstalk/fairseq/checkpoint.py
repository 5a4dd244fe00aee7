"""A transformer or XLM-T of fairseq and the same model as a BART of transformers."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import BartConfig, BartForConditionalGeneration

from crosstalk.artefacts import whole_file
from crosstalk.errors import CrosstalkError
from crosstalk.fairseq.shim import DEAD
from crosstalk.fairseq.unpickle import read_checkpoint
from crosstalk.models.encoder import POSITION_OFFSET
from crosstalk.tokens.vocabulary import BOS, EOS, PAD

_NEEDED = {
    "encoder_learned_pos": True, "decoder_learned_pos": True, "layernorm_embedding": True,
    "share_all_embeddings": True, "encoder_normalize_before": False, "decoder_normalize_before": False,
    "no_token_positional_embeddings": False, "adaptive_input": False, "no_cross_attention": False,
    "cross_self_attention": False,
}  # fmt: skip
"""What BART can be."""
_DROPPED = ("version", "_float_tensor", "output_projection.weight", *DEAD)


def import_checkpoint(path: Path) -> BartForConditionalGeneration:
    """The model of a fairseq checkpoint; ids stay those of its dictionary.

    Raises CrosstalkError when it cannot be read, or is a transformer that BART cannot express: BART has learned
    positions, a norm after the embeddings and after each layer, and one embedding for all.
    """
    weights, settings = read_checkpoint(path)
    for key, expected in _NEEDED.items():
        if bool(settings.get(key, False)) != expected:
            raise CrosstalkError(f"{path}: {key} is {settings.get(key)}; only {expected} can be a BART")
    model = BartForConditionalGeneration(_configuration(weights, settings, path))
    kept = {f"model.{name}": value.float() for name, value in weights.items() if not name.endswith(_DROPPED)}
    words = kept["model.encoder.embed_tokens.weight"]
    for name in ("model.shared.weight", "lm_head.weight", "model.decoder.embed_tokens.weight"):
        kept[name] = words
    found = model.load_state_dict(kept, strict=False)
    missing = [name for name in found.missing_keys if name != "final_logits_bias"]
    if missing or found.unexpected_keys:
        odd = (missing + found.unexpected_keys)[0]
        raise CrosstalkError(f"{path}: {odd} is in only one of the checkpoint and a BART of its settings")
    return model.eval()


def _configuration(weights: Mapping[str, Tensor], settings: Mapping[str, Any], path: Path) -> BartConfig:
    activation = settings.get("activation_fn", "relu")
    if activation not in ("relu", "gelu"):
        raise CrosstalkError(f"{path}: activation_fn is {activation}; only relu and gelu can be a BART")
    words = weights["encoder.embed_tokens.weight"]
    layers = {
        side: 1 + max(int(name.split(".")[2]) for name in weights if name.startswith(f"{side}.layers."))
        for side in ("encoder", "decoder")
    }
    return BartConfig(
        vocab_size=len(words),
        d_model=words.shape[1],
        encoder_layers=layers["encoder"],
        decoder_layers=layers["decoder"],
        encoder_ffn_dim=len(weights["encoder.layers.0.fc1.weight"]),
        decoder_ffn_dim=len(weights["decoder.layers.0.fc1.weight"]),
        encoder_attention_heads=int(settings["encoder_attention_heads"]),
        decoder_attention_heads=int(settings["decoder_attention_heads"]),
        max_position_embeddings=len(weights["encoder.embed_positions.weight"]) - POSITION_OFFSET,
        dropout=float(settings.get("dropout", 0.1)),
        attention_dropout=float(settings.get("attention_dropout", 0.0)),
        activation_dropout=float(settings.get("activation_dropout", 0.0)),
        activation_function=activation,
        scale_embedding=not settings.get("no_scale_embedding", False),
        bos_token_id=BOS,
        pad_token_id=PAD,
        eos_token_id=EOS,
        decoder_start_token_id=EOS,
        forced_eos_token_id=None,
    )


def architecture(model: BartForConditionalGeneration) -> dict[str, Any]:
    """fairseq's settings of a model like this, for its architecture ``transformer``."""
    shape = model.config
    return {
        "arch": "transformer",
        "encoder_layers": shape.encoder_layers,
        "decoder_layers": shape.decoder_layers,
        "encoder_embed_dim": shape.d_model,
        "decoder_embed_dim": shape.d_model,
        "encoder_ffn_embed_dim": shape.encoder_ffn_dim,
        "decoder_ffn_embed_dim": shape.decoder_ffn_dim,
        "encoder_attention_heads": shape.encoder_attention_heads,
        "decoder_attention_heads": shape.decoder_attention_heads,
        "activation_fn": shape.activation_function,
        "dropout": shape.dropout,
        "attention_dropout": shape.attention_dropout,
        "activation_dropout": shape.activation_dropout,
        # fairseq adds the places of <s> and <pad> itself.
        "max_source_positions": shape.max_position_embeddings,
        "max_target_positions": shape.max_position_embeddings,
        "encoder_learned_pos": True,
        "decoder_learned_pos": True,
        "share_all_embeddings": True,
        "layernorm_embedding": True,
        "no_scale_embedding": not shape.scale_embedding,
    }


def export_checkpoint(model: BartForConditionalGeneration, path: Path, task: Mapping[str, Any]) -> None:
    """Write a model as a checkpoint that fairseq reads; ``task`` are the settings of its task, ``task`` its name.

    Raises CrosstalkError for an output bias, which fairseq's transformer has not.
    """
    if model.final_logits_bias.abs().max() > 0:
        raise CrosstalkError("final_logits_bias is not zero; fairseq's transformer has no output bias")
    prefix = "model."
    weights = {
        name.removeprefix(prefix): value.detach().cpu().clone()
        for name, value in model.state_dict().items()
        if name.startswith(prefix) and not name.startswith("model.shared.")
    }
    words = weights["encoder.embed_tokens.weight"]
    weights |= {"decoder.embed_tokens.weight": words, "decoder.output_projection.weight": words}
    state = {
        "args": argparse.Namespace(**architecture(model), **task, criterion="cross_entropy", optimizer="adam"),
        "cfg": None,
        "model": weights,
        "criterion": None,
        "optimizer_history": [{"criterion_name": "", "optimizer_name": "", "lr_scheduler_state": {}, "num_updates": 0}],
        "task_state": {},
        "extra_state": {"epoch": 0, "train_iterator": {"epoch": 1, "iterations_in_epoch": 0}, "val_loss": None},
        "last_optimizer_state": None,
    }
    with whole_file(path) as part:
        torch.save(state, part)


def rearranged(
    model: BartForConditionalGeneration, pieces: Sequence[str], wanted: Sequence[str]
) -> BartForConditionalGeneration:
    """The model with its ids in another order: those of ``wanted``, found by their spelling among ``pieces``.

    Raises CrosstalkError when some are not there.
    """
    place = {piece: number for number, piece in enumerate(pieces)}
    if len(pieces) != model.config.vocab_size:
        raise CrosstalkError(f"the dictionary has {len(pieces)} ids, the checkpoint {model.config.vocab_size}")
    if lacking := [piece for piece in wanted if piece not in place]:
        few = ", ".join(map(repr, lacking[:3]))
        raise CrosstalkError(
            f"the dictionary lacks {len(lacking)} of {len(wanted)} pieces of the vocabulary: {few} ..."
        )
    rows = model.model.shared.weight.detach()[[place[piece] for piece in wanted]].clone()
    model.resize_token_embeddings(len(wanted), mean_resizing=False)
    with torch.no_grad():
        model.model.shared.weight.copy_(rows)
    model.tie_weights()
    return model
