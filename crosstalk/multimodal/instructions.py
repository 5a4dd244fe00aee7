"""Captions translated zero-shot by models that are asked in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PIL import Image

from crosstalk.multimodal.examples import Example
from crosstalk.multimodal.hypotheses import Translate
from crosstalk.multimodal.pictures import Condition, Pictures

Ask = Callable[[Sequence[str], Sequence[Image.Image]], list[str]]
"""Instructions and an image for each -> what a model writes."""


def instructed(ask: Ask, pictures: Pictures, instruction: str, names: Mapping[str, str], seed: int) -> Translate:
    """Translates by asking ``instruction``, a template with {source} and {language}; ``names`` of languages, their
    codes without. ``seed`` shuffles the images."""

    def translate(examples: Sequence[Example], language: str, condition: Condition) -> list[str]:
        name = names.get(language, language)
        asked = [instruction.format(source=row.source, language=name) for row in examples]
        return ask(asked, pictures.under(condition, [row.sentence_id for row in examples], seed))

    return translate
