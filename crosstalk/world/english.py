"""English: how it puts a meaning into phrases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from crosstalk.world.clause import Phrases
from crosstalk.world.concepts import ADJECTIVES, NOUNS, PLACES, VERBS
from crosstalk.world.forms import Form
from crosstalk.world.meanings import Entity, Meaning

W = TypeVar("W")


def _word(words: Sequence[W], synonyms: int) -> W:
    return words[min(synonyms, len(words) - 1)]


def _noun_phrase(entity: Entity, definite: bool, synonyms: int) -> list[str]:
    words = [_word(ADJECTIVES[adjective], synonyms) for adjective in (entity.size, entity.colour) if adjective]
    words.append(_word(NOUNS[entity.noun].words, synonyms)[entity.number == "plural"])
    if definite:
        return ["the", *words]
    if entity.number == "plural":
        return words
    return ["an" if words[0][0] in "aeiou" else "a", *words]


def _verb(meaning: Meaning, subject: Entity, form: Form) -> list[str]:
    base, third, past, participle = _word(VERBS[meaning.action].words, form.synonyms)
    plural = subject.number == "plural"
    if form.voice == "passive":
        be = {"past": ("was", "were"), "present": ("is", "are"), "future": ("will be", "will be")}
        return [*be[meaning.tense][plural].split(), participle]
    return {"past": [past], "present": [base if plural else third], "future": ["will", base]}[meaning.tense]


def phrases(meaning: Meaning, form: Form) -> Phrases:
    """The English phrases of a meaning; agents are definite, patients indefinite."""
    agent = _noun_phrase(meaning.agent, True, form.synonyms)
    patient = _noun_phrase(meaning.patient, False, form.synonyms)
    passive = form.voice == "passive"
    place: list[str] = []
    if meaning.place is not None:
        relation, words = PLACES[meaning.place]
        place = [relation, "the", _word(words, form.synonyms)]
    return Phrases(
        subject=patient if passive else agent,
        verb=_verb(meaning, meaning.patient if passive else meaning.agent, form),
        other=["by", *agent] if passive else patient,
        place=place,
        time=[meaning.time] if meaning.time else [],
    )
