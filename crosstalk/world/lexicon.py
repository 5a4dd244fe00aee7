"""Lexicons: roots and affixes of a proto-language, and what regular sound changes made of them."""

from __future__ import annotations

import re
from functools import cache

import numpy as np

from crosstalk.world.concepts import CONCEPTS, GRAMMATICAL, RELATIONS, SYNONYMS
from crosstalk.world.languages import Family, Language
from crosstalk.world.seeds import stream


def second(concept: str) -> str:
    """The key of a concept's second word."""
    return f"{concept}/2"


def _shaped(template: str, family: Family, generator: np.random.Generator) -> str:
    sounds = {"C": family.consonants, "V": family.vowels}
    return "".join(str(generator.choice(list(sounds[place]))) for place in template)


@cache
def _proto(family: Family, seed: int) -> dict[str, str]:
    """Every morpheme of the proto-language; no two words and no two affixes are alike."""
    roots = [*CONCEPTS, *map(second, sorted(SYNONYMS))]
    keys = [(key, family.affix) for key in (*GRAMMATICAL, *RELATIONS)] + [(key, family.root) for key in roots]
    morphemes: dict[str, str] = {}
    taken: set[str] = set()
    for key, template in keys:
        generator = stream(seed, "lexicon", family.name, key)
        morpheme = _shaped(template, family, generator)
        while morpheme in taken:
            morpheme = _shaped(template, family, generator)
        taken.add(morpheme)
        morphemes[key] = morpheme
    return morphemes


def changed(morpheme: str, language: Language) -> str:
    """A proto-morpheme after the language's sound changes, in phonemes."""
    for pattern, replacement in language.changes:
        morpheme = re.sub(pattern, replacement, morpheme)
    return morpheme


def phonemes(language: Language, seed: int) -> dict[str, str]:
    """Every morpheme of a language: concept, second word (``concept/2``), relation or Leipzig gloss -> phonemes."""
    return {key: changed(morpheme, language) for key, morpheme in _proto(language.family, seed).items()}
