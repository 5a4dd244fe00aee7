"""Image-text models of two architectures, saved as such folders at random, are asked as any folder is."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image
from transformers import (
    PaliGemmaConfig,
    PaliGemmaForConditionalGeneration,
    PaliGemmaProcessor,
)
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

from crosstalk.errors import CrosstalkError
from crosstalk.multimodal.base import save_base
from crosstalk.multimodal.folders import ImageText

TEXTS = ["Translate: the dog runs", "Translate: the old dog runs to the house and sleeps"]
IMAGES = [Image.new("RGB", (40, 30), (255, 0, 0)), Image.new("RGB", (32, 32), (0, 0, 255))]
CHAT = (
    "{% for turn in messages %}{% for part in turn['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endfor %}"
)


def llava(base, folder: Path, chat: str | None = None) -> Path:
    save_base(base.model, base.tokenizer, base.processor, folder)
    if chat is not None:
        (folder / "chat_template.jinja").write_text(chat, encoding="utf-8")
    return folder


def paligemma(base, folder: Path) -> Path:
    torch.manual_seed(1)
    shape = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = PaliGemmaConfig(
        vision_config={**shape, "model_type": "siglip_vision_model", "image_size": 32, "patch_size": 16},
        text_config={
            **shape, "model_type": "gemma", "num_key_value_heads": 2, "head_dim": 8, "vocab_size": len(base.tokenizer),
            "pad_token_id": base.tokenizer.pad_token_id, "eos_token_id": base.tokenizer.eos_token_id,
            "bos_token_id": base.tokenizer.bos_token_id,
        },
        image_token_index=base.tokenizer.convert_tokens_to_ids("<image>"), projection_dim=16, hidden_size=16,
    )  # fmt: skip
    model = PaliGemmaForConditionalGeneration(config)
    model.generation_config.suppress_tokens = list(range(5))  # it would repeat the last one, which is no word
    model.save_pretrained(folder)
    images = SiglipImageProcessorPil(size={"height": 32, "width": 32})
    images.image_seq_length = 4
    PaliGemmaProcessor(image_processor=images, tokenizer=base.tokenizer).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("kind", ["llava", "chat", "paligemma"])
def test_a_batch_is_answered_as_each_alone(base, tmp_path, kind):
    folder = (
        paligemma(base, tmp_path) if kind == "paligemma" else llava(base, tmp_path, CHAT if kind == "chat" else None)
    )
    together = ImageText(folder, 6, 2, torch.device("cpu")).ask(TEXTS, IMAGES)
    alone = ImageText(folder, 6, 1, torch.device("cpu")).ask(TEXTS, IMAGES)
    assert together == alone
    assert all(together)
    assert "Translate" not in together[0], "the instruction is not part of the answer"


def test_a_folder_without_a_processor_is_refused(base, tmp_path):
    save_base(base.model, base.tokenizer, base.processor, tmp_path)
    for file in ("preprocessor_config.json", "processor_config.json"):
        (tmp_path / file).unlink()
    with pytest.raises(CrosstalkError, match="no readable processor of images and text"):
        ImageText(tmp_path, 6, 2, torch.device("cpu"))


def test_no_folder_is_refused(tmp_path):
    with pytest.raises(CrosstalkError, match="not a readable image-text model folder"):
        ImageText(tmp_path / "none", 6, 2, torch.device("cpu"))
