"""Meanings: who does what to whom, where and when; sampled before any language spells them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from crosstalk.world import concepts
from crosstalk.world.concepts import AMBIGUOUS_NOUNS, NOUNS, PLACES, PLAIN_NOUNS, TENSES, TIMES, VERBS
from crosstalk.world.seeds import stream

COLOURED, SIZED, PLURAL = 0.3, 0.3, 0.35
"""Probability that a noun has a colour, has a size, is plural."""
ONLY_PLACE, ONLY_TIME = 0.4, 0.3
"""Probability that an event has a place alone, a time alone; the others have both."""

T = TypeVar("T")


@dataclass(frozen=True)
class Entity:
    """A participant; persons have no colour."""

    noun: str
    number: str
    colour: str | None = None
    size: str | None = None


@dataclass(frozen=True)
class Meaning:
    """An event: what every language says in its own way."""

    agent: Entity
    action: str
    patient: Entity
    tense: str
    place: str | None = None
    time: str | None = None

    @property
    def concepts(self) -> tuple[str, ...]:
        """The concepts a sentence must name."""
        named = (
            *(self.agent.noun, self.agent.colour, self.agent.size, self.action),
            *(self.patient.noun, self.patient.colour, self.patient.size, self.place, self.time),
        )
        return tuple(concept for concept in named if concept is not None)

    @property
    def has_synonym(self) -> bool:
        """Whether a concept of the meaning has a second word."""
        return not concepts.SYNONYMS.isdisjoint(self.concepts)

    @property
    def ambiguous(self) -> tuple[str, ...]:
        """English words of the sentence that only the image explains."""
        senses = {noun.concept for noun in AMBIGUOUS_NOUNS}
        return tuple(NOUNS[concept].words[0][0] for concept in self.concepts if concept in senses)


def _pick(options: Sequence[T], draw: float) -> T:
    return options[int(draw * len(options))]


def _entity(noun: concepts.Noun, draws: Iterator[float]) -> Entity:
    number = "plural" if next(draws) < PLURAL else "singular"
    coloured, colour, sized, size = next(draws), next(draws), next(draws), next(draws)
    return Entity(
        noun.concept,
        number,
        _pick(concepts.COLOURS, colour) if coloured < COLOURED and noun.kind != "person" else None,
        _pick(tuple(concepts.SIZES), size) if sized < SIZED else None,
    )


def _sample(draws: Iterator[float], ambiguous: float) -> Meaning:
    """Ambiguous words are patients of verbs that fit both senses, so that the English text never tells them apart."""
    agent = _pick([noun for noun in PLAIN_NOUNS if noun.kind in concepts.ANIMATE], next(draws))
    verbs = [verb for verb in VERBS.values() if agent.kind in verb.agents]
    if next(draws) < ambiguous:
        verb = _pick([verb for verb in verbs if {"animal", "thing"} <= set(verb.patients)], next(draws))
        patients = list(AMBIGUOUS_NOUNS)
    else:
        verb = _pick(verbs, next(draws))
        patients = [noun for noun in PLAIN_NOUNS if noun.kind in verb.patients and noun is not agent]
    patient = _pick(patients, next(draws))
    tense = _pick(TENSES, next(draws))
    adjuncts, place, time = next(draws), next(draws), next(draws)
    times = [name for name, its_tense in TIMES.items() if its_tense == tense]
    return Meaning(
        _entity(agent, draws),
        verb.concept,
        _entity(patient, draws),
        tense,
        _pick(tuple(PLACES), place) if not ONLY_PLACE <= adjuncts < ONLY_PLACE + ONLY_TIME else None,
        _pick(times, time) if adjuncts >= ONLY_PLACE else None,
    )


def _without_sense(meaning: Meaning) -> Meaning:
    return replace(meaning, patient=replace(meaning.patient, noun=NOUNS[meaning.patient.noun].words[0][0]))


def sample(seed: int, sizes: dict[str, int], ambiguous: float) -> dict[str, list[Meaning]]:
    """Sample that many meanings for each split, all distinct also when an ambiguous word's sense is ignored.

    A split depends on the seed, its own name and size, and the splits before it.
    """
    seen: set[Meaning] = set()
    splits: dict[str, list[Meaning]] = {}
    for split, size in sizes.items():
        generator = stream(seed, "meanings", split)
        splits[split] = []
        while len(splits[split]) < size:
            meaning = _sample(iter(generator.random(20).tolist()), ambiguous)
            key = _without_sense(meaning)
            if key not in seen:
                seen.add(key)
                splits[split].append(meaning)
    return splits
