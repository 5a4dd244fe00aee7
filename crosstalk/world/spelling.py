"""Spelling: from a meaning and a form to the text of a language, or to its gloss."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from crosstalk.world import english, scripts
from crosstalk.world.clause import arrange
from crosstalk.world.concepts import ADJECTIVES, CONCEPTS, NOUNS, PLACES, TIMES, VERBS
from crosstalk.world.forms import Form
from crosstalk.world.grammar import Grammar
from crosstalk.world.languages import ENGLISH, Language, language
from crosstalk.world.lexicon import phonemes
from crosstalk.world.meanings import Meaning

Speller = Callable[[Meaning, Form], str]


def speller(spoken: Language, seed: int) -> Speller:
    """What spells meanings in a language of the world with that seed."""
    if spoken is ENGLISH:
        return lambda meaning, form: arrange(english.phrases(meaning, form), form, ENGLISH)
    morphemes = phonemes(spoken, seed)

    @cache
    def write(glosses: tuple[str, ...]) -> str:
        return scripts.write("".join(morphemes[gloss] for gloss in glosses), spoken.script)

    grammar = Grammar(spoken, write)
    return lambda meaning, form: arrange(grammar.phrases(meaning, form), form, spoken)


def gloss(meaning: Meaning, form: Form, code: str) -> str:
    """The sentence of an invented language word by word: concepts and Leipzig glosses joined by hyphens."""
    spoken = language(code)
    grammar = Grammar(spoken, lambda glosses: "-".join(glosses).replace(" ", "."))
    return arrange(grammar.phrases(meaning, form), form, spoken)


def noun_forms(concept: str, spoken: Language, seed: int) -> set[str]:
    """Every word that a noun can appear as in an invented language, with its number and case."""
    morphemes = phonemes(spoken, seed)
    numbers: tuple[tuple[str, ...], ...] = ((), ("PL",))
    cases: tuple[tuple[str, ...], ...] = ((), ("ACC",), ("ERG",), ("INS",))
    return {
        scripts.write("".join(morphemes[part] for part in (concept, *number, *case)), spoken.script)
        for number in numbers
        for case in cases
    }


def lexicon(code: str, seed: int) -> dict[str, str]:
    """The bare word of every concept in a language: of an ambiguous English word both senses have the same one."""
    spoken = language(code)
    if spoken is not ENGLISH:
        morphemes = phonemes(spoken, seed)
        return {concept: scripts.write(morphemes[concept], spoken.script) for concept in CONCEPTS}
    return {
        **{concept: noun.words[0][0] for concept, noun in NOUNS.items()},
        **{concept: verb.words[0][0] for concept, verb in VERBS.items()},
        **{concept: words[0] for concept, words in ADJECTIVES.items()},
        **{concept: words[0] for concept, (_, words) in PLACES.items()},
        **{concept: concept for concept in TIMES},
    }
