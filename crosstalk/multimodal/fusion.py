"""Encoder-decoders that are trained from scratch: on text alone, and with an image in one of three ways.

gated: out = (1 - g) h + g v, g = sigmoid(U [h; v] + b), v the image's mean patch (Vision Matters, gated fusion).
concatenation: the decoder attends to words and patches alike (Vision Matters, concatenation).
lvp: the target language generates the map of the patches into a visual prompt, which words attend to (LVP-M3).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import BartConfig, BartForConditionalGeneration
from transformers.modeling_outputs import BaseModelOutput

from crosstalk.config.multimodal import Fusion
from crosstalk.errors import CrosstalkError
from crosstalk.models.folders import load_folder

Kind = Literal["text", "gated", "concatenation", "lvp"]
_FILES = ("fusion.json", "fusion.safetensors")


class Gated(nn.Module):
    """Words [sentences, words, width] and patches [sentences, patches, features] to what the decoder attends to."""

    def __init__(self, width: int, features: int, _languages: int) -> None:
        super().__init__()
        self.image, self.gate = nn.Linear(features, width), nn.Linear(2 * width, width)

    def forward(self, words: Tensor, mask: Tensor, patches: Tensor, _language: int) -> tuple[Tensor, Tensor]:
        seen = self.image(patches.mean(1, keepdim=True)).expand_as(words)
        gate = torch.sigmoid(self.gate(torch.cat([words, seen], -1)))
        return (1 - gate) * words + gate * seen, mask


class Concatenation(nn.Module):
    """As ``Gated``; words, then patches."""

    def __init__(self, width: int, features: int, _languages: int) -> None:
        super().__init__()
        self.image = nn.Linear(features, width)

    def forward(self, words: Tensor, mask: Tensor, patches: Tensor, _language: int) -> tuple[Tensor, Tensor]:
        seen = self.image(patches)
        return torch.cat([words, seen], 1), torch.cat([mask, mask.new_ones(seen.shape[:2])], 1)


class LanguagePrompt(nn.Module):
    """As ``Gated``; a visual prompt, mapped by weights that the language's embedding generates."""

    def __init__(self, width: int, features: int, languages: int) -> None:
        super().__init__()
        self.languages = nn.Embedding(languages, width)
        # An embedding as long as 1, or a step of Adam would turn the whole map round.
        nn.init.normal_(self.languages.weight, std=width**-0.5)
        self.weights = nn.Linear(width, features * width)
        nn.init.normal_(self.weights.weight, std=features**-0.5)
        self.attention = nn.MultiheadAttention(width, 4, batch_first=True)
        self.norm = nn.LayerNorm(width)

    def forward(self, words: Tensor, mask: Tensor, patches: Tensor, language: int) -> tuple[Tensor, Tensor]:
        asked = self.languages(torch.tensor(language, device=words.device))
        prompt = patches @ self.weights(asked).view(patches.shape[-1], words.shape[-1])
        return self.norm(words + self.attention(words, prompt, prompt, need_weights=False)[0]), mask


_FUSIONS = {"gated": Gated, "concatenation": Concatenation, "lvp": LanguagePrompt}


class FusionTranslator(nn.Module):
    """An encoder-decoder whose encoder's output is fused with the patches of an image."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, bart: Any, kind: Kind, features: int, languages: Sequence[str]) -> None:
        super().__init__()
        self.bart, self.kind, self.features, self.languages = bart, kind, features, list(languages)
        self.fusion = None if kind == "text" else _FUSIONS[kind](bart.config.d_model, features, len(languages))
        # What all patches have in common drowns what they differ in.
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("deviation", torch.ones(features))

    def standardise(self, mean: Tensor, deviation: Tensor) -> None:
        """Patches have this ``mean`` and standard ``deviation`` [features]."""
        self.mean.copy_(mean)
        self.deviation.copy_(deviation)

    def encode(self, ids: Tensor, patches: Tensor | None, language: str) -> tuple[Tensor, Tensor]:
        """Words [sentences, words] to what the decoder attends to, and its mask."""
        mask = (ids != self.bart.config.pad_token_id).long()
        words = self.bart.model.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        if self.fusion is None or patches is None:
            return words, mask
        standard = (patches - self.mean) / self.deviation
        fused: tuple[Tensor, Tensor] = self.fusion(words, mask, standard, self.languages.index(language))
        return fused

    def hidden(self, ids: Tensor, patches: Tensor | None, language: str, inputs: Tensor) -> Tensor:
        """The decoder's output [sentences, tokens, width] for its ``inputs``."""
        encoded, mask = self.encode(ids, patches, language)
        found: Tensor = self.bart.model.decoder(
            input_ids=inputs, encoder_hidden_states=encoded, encoder_attention_mask=mask, use_cache=False
        ).last_hidden_state
        return found

    def generate(self, ids: Tensor, patches: Tensor | None, language: str, max_new: int) -> Tensor:
        """Greedy translations [sentences, tokens]."""
        encoded, mask = self.encode(ids, patches, language)
        found: Tensor = self.bart.generate(
            encoder_outputs=BaseModelOutput(last_hidden_state=encoded), attention_mask=mask, num_beams=1,
            do_sample=False, max_new_tokens=max_new,
        )  # fmt: skip
        return found

    def save(self, folder: Path) -> None:
        """Write into a folder that is being written."""
        self.bart.save_pretrained(folder)
        told = {"kind": self.kind, "features": self.features, "languages": self.languages}
        (folder / _FILES[0]).write_text(json.dumps(told), encoding="utf-8")
        own = {name: value.contiguous() for name, value in self.state_dict().items() if not name.startswith("bart.")}
        save_file(own, folder / _FILES[1])


def new_fusion(
    kind: Kind, shape: Fusion, tokenizer: Any, features: int, languages: Sequence[str], max_length: int,
    dropout: float, seed: int,
) -> FusionTranslator:  # fmt: skip
    """A translator at random; ``features`` is the width of the vision tower."""
    torch.manual_seed(seed)
    return FusionTranslator(
        BartForConditionalGeneration(
            BartConfig(
                vocab_size=len(tokenizer), d_model=shape.d_model, encoder_layers=shape.layers,
                decoder_layers=shape.layers, encoder_ffn_dim=shape.ffn, decoder_ffn_dim=shape.ffn,
                encoder_attention_heads=shape.heads, decoder_attention_heads=shape.heads,
                max_position_embeddings=max_length, dropout=dropout, attention_dropout=0.0, activation_dropout=0.0,
                init_std=0.02 * (768 / shape.d_model) ** 0.5, scale_embedding=False,
                bos_token_id=tokenizer.bos_token_id, pad_token_id=tokenizer.pad_token_id,
                eos_token_id=tokenizer.eos_token_id, decoder_start_token_id=tokenizer.eos_token_id,
                forced_eos_token_id=None,
            )
        ), kind, features, languages,
    )  # fmt: skip


def load_fusion(folder: str | Path) -> FusionTranslator:
    """Read what ``save`` wrote; CrosstalkError when it is missing or damaged."""
    folder = Path(folder)
    bart = load_folder(BartForConditionalGeneration, folder, "model")
    try:
        told = json.loads((folder / _FILES[0]).read_text(encoding="utf-8"))
        model = FusionTranslator(bart, told["kind"], told["features"], told["languages"])
        model.load_state_dict(load_file(folder / _FILES[1]), strict=False)
    except (OSError, ValueError, KeyError) as error:
        raise CrosstalkError(f"{folder}: no readable translator with images ({error}); train it again") from error
    return model
