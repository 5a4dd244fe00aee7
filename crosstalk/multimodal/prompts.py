"""Prompts as tokens: what a LLaVA reads before a translation, and what it is to write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from crosstalk.multimodal.base import IMAGE, tag
from crosstalk.tokens.batches import pad


class Prompter:
    """Turns sentences into the tokens of prompts by a template."""

    def __init__(self, tokenizer: Any, template: str, image_tokens: int, names: Mapping[str, str]) -> None:
        """``image_tokens``: tokens that an image is for the model; ``names`` of languages, their codes without."""
        self.tokenizer, self._template, self._image_tokens = tokenizer, template, image_tokens
        self._names = names

    def prompts(self, sources: Sequence[str], language: str, image: bool = True) -> list[list[int]]:
        """Tokens of the prompt of each sentence, with the image's place in it or without."""
        place = IMAGE * self._image_tokens if image else ""
        before, _, after = self._template.partition(IMAGE)
        said = {"language": self._names.get(language, language), "tag": tag(language)}
        # A sentence that has the image's name in it must not move the image.
        plain = [source.replace(IMAGE, " ") for source in sources]
        texts = [before.format(source=s, **said) + place + after.format(source=s, **said) for s in plain]
        return list(self.tokenizer(texts)["input_ids"])

    def translations(self, texts: Sequence[str]) -> list[list[int]]:
        """Tokens of translations, with their end."""
        end = self.tokenizer.eos_token_id
        return [[*ids, end] for ids in self.tokenizer(list(texts), add_special_tokens=False)["input_ids"]]


class Written(NamedTuple):
    """Prompts with their translations: ``ids`` and ``scored`` (what is predicted) [sentences, longest]."""

    ids: NDArray[np.int64]
    scored: NDArray[np.bool_]


def written(prompts: Sequence[Sequence[int]], translations: Sequence[Sequence[int]], padding: int) -> Written:
    """Prompts followed by translations, padded on the right; the translations are scored, ends included."""
    rows = [np.array([*p, *t], np.int32) for p, t in zip(prompts, translations, strict=True)]
    ids = pad(rows, padding)
    scored = np.zeros(ids.shape, bool)
    for row, (prompt, whole) in enumerate(zip(prompts, rows, strict=True)):
        scored[row, len(prompt) : len(whole)] = True
    return Written(ids, scored)
