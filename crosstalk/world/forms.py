"""Forms: the choices a language leaves open when it spells a meaning; the paraphrase operators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

from crosstalk.world.languages import Language
from crosstalk.world.meanings import Meaning

PASSIVE, FRONTED, SECOND_WORD, SCRAMBLED = 0.25, 0.4, 0.3, 0.3
"""Probability of each marked choice, where the meaning and the language have it: canonical forms are more frequent."""

DRAWS = 5
"""Uniform numbers that choosing one form takes."""


@dataclass(frozen=True)
class Form:
    """One way to spell a meaning; the default is the canonical one."""

    voice: Literal["active", "passive"] = "active"
    scrambled: bool = False
    fronted: Literal["none", "place", "time"] = "none"
    synonyms: int = 0
    """1 takes the second word of every concept that has one."""


CANONICAL = Form()


def _movable(meaning: Meaning) -> list[Literal["place", "time"]]:
    present: list[Literal["place", "time"]] = []
    if meaning.place is not None:
        present.append("place")
    if meaning.time is not None:
        present.append("time")
    return present


def forms(meaning: Meaning, language: Language) -> list[Form]:
    """Every form the language has for the meaning, the canonical one first; each gives another text."""
    voices: tuple[Literal["active", "passive"], ...] = ("active", "passive")
    orders = (False, True) if language.scrambled else (False,)
    fronted: list[Literal["none", "place", "time"]] = ["none", *_movable(meaning)]
    synonyms = (0, 1) if meaning.has_synonym else (0,)
    return [Form(*choices) for choices in product(voices, orders, fronted, synonyms)]


def draw(meaning: Meaning, language: Language, draws: Sequence[float]) -> Form:
    """Choose a form by ``DRAWS - 1`` uniform numbers."""
    passive, scrambled, fronted, second = draws
    movable = _movable(meaning)
    return Form(
        voice="passive" if passive < PASSIVE else "active",
        scrambled=language.scrambled is not None and scrambled < SCRAMBLED,
        fronted=movable[int(fronted / FRONTED * len(movable))] if movable and fronted < FRONTED else "none",
        synonyms=int(meaning.has_synonym and second < SECOND_WORD),
    )


def translate(form: Form, meaning: Meaning, language: Language, variation: float, draws: Sequence[float]) -> Form:
    """The form of a translation: the one of the English sentence, or with probability ``variation`` its own."""
    if draws[0] < variation:
        return draw(meaning, language, draws[1:])
    return replace(form, scrambled=False)
