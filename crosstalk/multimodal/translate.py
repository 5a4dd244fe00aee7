"""Greedy translation of captions, with their images, with those of other sentences, or with blank ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from tqdm import tqdm

from crosstalk.artefacts import HYPOTHESES
from crosstalk.config.multimodal import Multimodal
from crosstalk.multimodal.examples import Example
from crosstalk.multimodal.fusion import load_fusion
from crosstalk.multimodal.pixels import Condition, Pixels
from crosstalk.multimodal.prompts import Prompter
from crosstalk.multimodal.scratch import fusion_translations
from crosstalk.multimodal.setting import Loaded, Setting, load_base
from crosstalk.tokens.batches import pad

Translate = Callable[[Sequence[Example], str, torch.Tensor], list[str]]
"""Examples, their language and images [sentences, 3, side, side] -> translations."""


def split_name(split: str, condition: Condition) -> str:
    """What a split is called in tables when it is translated with such images."""
    return split if condition == "image" else f"{split}.{condition}"


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
    kind: str, base: Loaded, folder: str, settings: Multimodal, batch: int, device: torch.device
) -> tuple[Translate, Any]:
    """What translates examples of a language with images by the model of a ``folder``, and its image processor."""
    most = settings.max_new
    if kind in ("base", "sft", "neumt"):
        chosen = base if kind == "base" else load_base(folder, settings.base)
        model = chosen.model.to(device).eval()
        return partial(llava_translations, model, chosen.prompter, chosen.padding, most, batch), base.processor
    fused, tower = load_fusion(folder).to(device).eval(), base.model.model.vision_tower.to(device).eval()
    return partial(fusion_translations, fused, tower, base.tokenizer, most, batch), base.processor


@torch.no_grad()
def hypotheses(
    translate: tuple[Translate, Any], setting: Setting, conditions: Sequence[Condition], seed: int
) -> pa.Table:
    """HYPOTHESES of every language with each kind of images; ``translate`` as from ``translator``."""
    texts_of, processor = translate
    captions, pixels = setting.captions["test"], Pixels(setting.images, processor)
    tables = []
    work = [(condition, language) for condition in conditions for language in captions.languages]
    for condition, language in tqdm(work, desc="translate", unit="direction"):
        examples = captions.examples[language]
        images = pixels.under(condition, [row.sentence_id for row in examples], seed)
        texts = texts_of(examples, language, images)
        names, sources, references = zip(*examples, strict=True)
        columns = {"sentence_id": names, "source": sources, "reference": references, "hypothesis": texts}
        same = {"split": split_name("test", condition), "src": captions.pivot, "tgt": language}
        rows = {**{key: [value] * len(texts) for key, value in same.items()}, **columns}
        tables.append(pa.table({name: list(rows[name]) for name in HYPOTHESES.names}, schema=HYPOTHESES))
    return pa.concat_tables(tables)
