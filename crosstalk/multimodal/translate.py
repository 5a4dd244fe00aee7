"""Greedy translation of captions by the models that are trained here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

from crosstalk.config.multimodal import Multimodal
from crosstalk.multimodal.examples import Example
from crosstalk.multimodal.fusion import load_fusion
from crosstalk.multimodal.hypotheses import Translate
from crosstalk.multimodal.loaded import Loaded, load_base
from crosstalk.multimodal.pictures import Condition
from crosstalk.multimodal.prompts import Prompter
from crosstalk.multimodal.scratch import fusion_translations
from crosstalk.multimodal.setting import Setting
from crosstalk.tokens.batches import pad


def llava_translations(
    model: Any, prompter: Prompter, padding: int, max_new: int, batch: int,
    examples: Sequence[Example], language: str, images: torch.Tensor,
) -> list[str]:  # fmt: skip
    """Greedy translations by a LLaVA; ``images`` [sentences, 3, side, side]."""
    prompts = prompter.prompts([row.source for row in examples], language)
    tokenizer, device = prompter.tokenizer, next(model.parameters()).device
    found = [""] * len(examples)
    for rows in _batches([len(prompt) for prompt in prompts], batch):
        # Prompts end together, so that translations begin together.
        ids = np.flip(pad([np.array(prompts[r][::-1], np.int32) for r in rows], padding), 1).copy()
        tokens = torch.from_numpy(ids).to(device)
        written = model.generate(
            input_ids=tokens, attention_mask=(tokens != padding).long(),
            pixel_values=images[list(rows)].to(device), do_sample=False, num_beams=1, max_new_tokens=max_new,
            pad_token_id=padding, eos_token_id=tokenizer.eos_token_id,
        )  # fmt: skip
        texts = tokenizer.decode(written[:, tokens.shape[1] :], skip_special_tokens=True)
        for row, text in zip(rows, texts, strict=True):
            found[row] = text.strip()
    return found


def _batches(lengths: Sequence[int], size: int) -> Iterator[list[int]]:
    order = np.argsort(lengths, kind="stable").tolist()
    for start in range(0, len(order), size):
        yield order[start : start + size]


def translator(
    kind: str, base: Loaded, folder: str, setting: Setting, settings: Multimodal, batch: int, seed: int,
    device: torch.device,
) -> Translate:  # fmt: skip
    """What translates by the model of a ``folder`` (the base model itself for kind ``base``)."""
    most, pixels = settings.max_new, base.pixels(setting)
    if kind in ("base", "sft", "neumt"):
        chosen = base if kind == "base" else load_base(folder, settings.base)
        model = chosen.model.to(device).eval()
        texts_of = partial(llava_translations, model, chosen.prompter, chosen.padding, most, batch)
    else:
        fused, tower = load_fusion(folder).to(device).eval(), base.model.model.vision_tower.to(device).eval()
        texts_of = partial(fusion_translations, fused, tower, base.tokenizer, most, batch)

    @torch.no_grad()
    def translate(examples: Sequence[Example], language: str, condition: Condition) -> list[str]:
        return texts_of(examples, language, pixels.under(condition, [row.sentence_id for row in examples], seed))

    return translate
