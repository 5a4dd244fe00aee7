"""Invented languages: how each puts a meaning into phrases, by the typological choices of its row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crosstalk.world.clause import Phrases
from crosstalk.world.concepts import ANIMATE, NOUNS, PLACES, SYNONYMS
from crosstalk.world.forms import Form
from crosstalk.world.languages import Language
from crosstalk.world.lexicon import second
from crosstalk.world.meanings import Entity, Meaning

TENSE = {"past": ("PST",), "present": (), "future": ("FUT",)}


@dataclass(frozen=True)
class Grammar:
    """A language with a way to write the morphemes of a word: in its script, or as glosses."""

    language: Language
    write: Callable[[tuple[str, ...]], str]

    def _placed(self, words: list[str], *marks: str) -> list[str]:
        """Words with adpositions or grammatical words on the language's side, the first mark nearest."""
        written = [self.write((mark,)) for mark in marks]
        return [*reversed(written), *words] if self.language.adposition == "before" else [*words, *written]

    def _definite(self, words: list[str]) -> list[str]:
        if self.language.article == "none":
            return words
        article = self.write(("DEF",))
        return [article, *words] if self.language.article == "before" else [*words, article]

    def _noun_phrase(self, entity: Entity, case: str, definite: bool, form: Form) -> list[str]:
        number = ("PL",) if entity.number == "plural" else ()
        suffixes = (*(number if self.language.marking == "suffix" else ()), *((case,) if case else ()))
        noun = self.write((_root(entity.noun, form), *suffixes))
        agreeing = suffixes if self.language.concord else ()
        colour_size = [adjective for adjective in (entity.colour, entity.size) if adjective]
        adjectives = [self.write((_root(adjective, form), *agreeing)) for adjective in colour_size]
        words = [*reversed(adjectives), noun] if self.language.adjective == "before" else [noun, *adjectives]
        if self.language.marking == "word":
            words = self._placed(words, *number)
        return self._definite(words) if definite else words

    def _verb(self, meaning: Meaning, subject: Entity, form: Form) -> list[str]:
        root = _root(meaning.action, form)
        marks = (*(("PASS",) if form.voice == "passive" else ()), *TENSE[meaning.tense])
        if self.language.marking == "word":
            return self._placed([self.write((root,))], *marks)
        return [self.write((root, *marks, *self._agreement(subject)))]

    def _agreement(self, subject: Entity) -> tuple[str, ...]:
        plural = self.language.agreement != "none" and subject.number == "plural"
        inanimate = self.language.agreement == "number and class" and NOUNS[subject.noun].kind not in ANIMATE
        return (*(("INAN",) if inanimate else ()), *(("3PL",) if plural else ()))

    def phrases(self, meaning: Meaning, form: Form) -> Phrases:
        """The phrases of a meaning; agents and landmarks are definite, patients indefinite."""
        roles = self.language.roles
        passive = form.voice == "passive"
        if passive:
            agent_case, patient_case = "" if roles == "order" else "INS", ""
        else:
            agent_case = "ERG" if roles == "ergative" else ""
            patient_case = "ACC" if roles == "accusative" else ""
        agent = self._noun_phrase(meaning.agent, agent_case, True, form)
        patient = self._noun_phrase(meaning.patient, patient_case, False, form)
        if passive and roles == "order":
            agent = self._placed(agent, "AGT")
        place: list[str] = []
        if meaning.place is not None:
            landmark = self._definite([self.write((_root(meaning.place, form),))])
            place = self._placed(landmark, PLACES[meaning.place][0])
        return Phrases(
            subject=patient if passive else agent,
            verb=self._verb(meaning, meaning.patient if passive else meaning.agent, form),
            other=agent if passive else patient,
            place=place,
            time=[self.write((meaning.time,))] if meaning.time else [],
        )


def _root(concept: str, form: Form) -> str:
    return second(concept) if form.synonyms and concept in SYNONYMS else concept
