"""The image + text model that everything starts from: a LLaVA folder, or a small one of the same architecture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import AddedToken, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer
from torch import Tensor, nn
from transformers import (
    AutoTokenizer,
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from crosstalk.config.multimodal import Llava
from crosstalk.errors import CrosstalkError
from crosstalk.models.embeddings import align_occurrences
from crosstalk.models.folders import load_folder
from crosstalk.multimodal.examples import Captions
from crosstalk.multimodal.vision import standard_of

IMAGE = "<image>"
_FIT_STEPS, _FIT_RATE = 300, 1e-2
_SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", IMAGE]


def tag(language: str) -> str:
    """The token that asks the small model for a language."""
    return f"__{language}__"


def new_tokenizer(texts: Iterable[str], size: int, languages: Sequence[str]) -> PreTrainedTokenizerFast:
    """Special tokens, a tag for each language, then byte pairs trained on ``texts``."""
    special = [*_SPECIAL, *map(tag, languages)]
    tokenizer = Tokenizer(BPE(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = BpeTrainer(vocab_size=size, special_tokens=[AddedToken(name, special=True) for name in special])
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    )


def new_llava(shape: Llava, tokenizer: Any, max_length: int, seed: int) -> LlavaForConditionalGeneration:
    """A small LLaVA at random; features are those of the vision layer before the last, without the class token."""
    torch.manual_seed(seed)
    std = 0.02 * (768 / shape.d_model) ** 0.5
    vision = CLIPVisionConfig(
        hidden_size=shape.vision_width, intermediate_size=2 * shape.vision_width,
        num_hidden_layers=shape.vision_layers, num_attention_heads=shape.heads,
        image_size=shape.image_size, patch_size=shape.patch, initializer_range=std,
    )  # fmt: skip
    text = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=shape.d_model, intermediate_size=shape.ffn,
        num_hidden_layers=shape.layers, num_attention_heads=shape.heads, max_position_embeddings=2 * max_length,
        initializer_range=std, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id, tie_word_embeddings=True,
    )  # fmt: skip
    config = LlavaConfig(
        vision_config=vision, text_config=text, image_seq_length=(shape.image_size // shape.patch) ** 2,
        vision_feature_layer=-2, vision_feature_select_strategy="default", tie_word_embeddings=True,
    )  # fmt: skip
    config.image_token_id = tokenizer.convert_tokens_to_ids(IMAGE)
    return LlavaForConditionalGeneration(config)


def align(model: Any, captions: Captions, tokenizer: Any, share: float, seed: int) -> None:
    """Let tokens of translations start close, as in a model that has read much (``models.embeddings``)."""
    texts = {(row.sentence_id, row.source) for rows in captions.examples.values() for row in rows}
    texts |= {(row.sentence_id, row.target) for rows in captions.examples.values() for row in rows}
    ordered = sorted(texts)
    ids = tokenizer([text for _, text in ordered], add_special_tokens=False)["input_ids"]
    names = {name: place for place, name in enumerate(sorted({name for name, _ in ordered}))}
    tokens = np.fromiter((i for row in ids for i in row), np.int32)
    sentences = np.repeat(np.array([names[name] for name, _ in ordered], np.uint64), [len(row) for row in ids])
    align_occurrences(model.get_input_embeddings().weight, tokens, sentences, share, seed)


def fit_projector(model: Any, patches: Tensor, written: Tensor) -> None:
    """Fit the projector of a new model, in place: of ``patches`` [patches, width] it makes ``written`` [patches, d]."""
    projector = model.model.multi_modal_projector
    first, last = projector.linear_1, projector.linear_2
    mean, deviation = standard_of(patches)
    standard, scale = (patches - mean) / deviation, written.std()
    nn.init.normal_(first.weight, std=patches.shape[1] ** -0.5)
    nn.init.zeros_(first.bias)
    adam = torch.optim.Adam([*first.parameters(), *last.parameters()], lr=_FIT_RATE)
    for _ in range(_FIT_STEPS):
        adam.zero_grad(set_to_none=True)
        (last(projector.act(first(standard))) - written / scale).square().mean().backward()
        adam.step()
    adam.zero_grad(set_to_none=True)
    with torch.no_grad():  # standardising becomes a part of the first map, the length of what is written of the last
        first.weight.div_(deviation)
        first.bias.sub_(first.weight @ mean)
        for value in last.parameters():
            value.mul_(scale)


def new_image_processor(size: int) -> CLIPImageProcessorPil:
    """Resizes to ``size`` pixels, and scales as CLIP does."""
    return CLIPImageProcessorPil(size={"shortest_edge": size}, crop_size={"height": size, "width": size})


def save_base(
    model: Any, tokenizer: Any, processor: Any, folder: Path, weights: Mapping[str, Tensor] | None = None
) -> None:
    """Write a folder that ``load_base`` and transformers read, into one that is being written; with other ``weights``
    than the model's, if there are any."""
    model.save_pretrained(folder, state_dict=None if weights is None else dict(weights))
    tokenizer.save_pretrained(folder)
    processor.save_pretrained(folder)
    LlavaProcessor(
        image_processor=processor, tokenizer=tokenizer, patch_size=model.config.vision_config.patch_size,
        vision_feature_select_strategy=model.config.vision_feature_select_strategy, num_additional_image_tokens=1,
    ).save_pretrained(folder)  # fmt: skip


def load_llava(folder: str | Path) -> LlavaForConditionalGeneration:
    """A LLaVA from its folder (safetensors); CrosstalkError when it is missing or damaged."""
    model: LlavaForConditionalGeneration = load_folder(LlavaForConditionalGeneration, folder, "LLaVA")
    return model


def load_tokenizer(folder: str | Path) -> Any:
    """The tokenizer of a LLaVA folder; CrosstalkError when there is none or it has no token for images."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise CrosstalkError(f"{folder}: no readable tokenizer ({str(error).splitlines()[0]})") from error
    if IMAGE not in tokenizer.get_vocab():
        raise CrosstalkError(f"{folder}: its tokenizer has no {IMAGE}; expected that of a LLaVA")
    return tokenizer


def load_image_processor(folder: str | Path) -> Any:
    """What turns images into pixels for the model of a folder; CrosstalkError when there is none."""
    try:
        return CLIPImageProcessorPil.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise CrosstalkError(f"{folder}: no readable image processor ({str(error).splitlines()[0]})") from error
