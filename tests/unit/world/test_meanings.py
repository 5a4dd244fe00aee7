"""Meanings make sense, spell distinctly, and every form of one is another text."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstalk.world import concepts
from crosstalk.world.concepts import AMBIGUOUS_NOUNS, NOUNS, SYNONYMS, TIMES, VERBS
from crosstalk.world.forms import CANONICAL, forms
from crosstalk.world.languages import ENGLISH, Language, languages
from crosstalk.world.meanings import Meaning, sample
from crosstalk.world.spelling import speller

SENSES = {noun.concept for noun in AMBIGUOUS_NOUNS}


def test_concepts_have_distinct_names() -> None:
    assert len(set(concepts.CONCEPTS)) == len(concepts.CONCEPTS)
    english = Counter(word for noun in NOUNS.values() for word in noun.words)
    assert {word for word, count in english.items() if count > 1} == {noun.words[0] for noun in AMBIGUOUS_NOUNS}
    assert set(concepts.CONCEPTS) > SYNONYMS


@given(st.integers(0, 2**32))
def test_meanings_make_sense(seed: int) -> None:
    for meaning in sample(seed, {"train": 5}, 0.3)["train"]:
        verb = VERBS[meaning.action]
        assert NOUNS[meaning.agent.noun].kind in verb.agents
        assert NOUNS[meaning.patient.noun].kind in verb.patients
        assert meaning.agent.noun != meaning.patient.noun
        assert meaning.time is None or TIMES[meaning.time] == meaning.tense
        assert meaning.place or meaning.time
        for entity in (meaning.agent, meaning.patient):
            assert NOUNS[entity.noun].kind != "person" or entity.colour is None
        assert meaning.agent.noun not in SENSES
        if meaning.ambiguous:
            assert {"animal", "thing"} <= set(verb.patients)


def test_ambiguous_words_are_as_frequent_as_asked() -> None:
    share = {
        asked: sum(bool(meaning.ambiguous) for meaning in sample(1, {"train": 2000}, asked)["train"]) / 2000
        for asked in (0.0, 0.04, 1.0)
    }
    assert share[0.0] == 0
    assert share[0.04] == pytest.approx(0.04, abs=0.012)
    assert share[1.0] == 1


def test_a_split_does_not_depend_on_later_ones() -> None:
    small, large = (sample(1, {"test": 20, "dev": 10, "train": size}, 0.04) for size in (50, 90))
    assert small["test"] == large["test"]
    assert small["dev"] == large["dev"]
    assert small["train"] == large["train"][:50]


@pytest.mark.parametrize("language", languages(), ids=lambda language: language.code)
def test_every_form_of_every_meaning_is_another_text(language: Language, meanings: list[Meaning]) -> None:
    spell = speller(language, 1)
    texts = [spell(meaning, form) for meaning in meanings for form in forms(meaning, language)]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("language", languages(), ids=lambda language: language.code)
def test_the_sense_of_an_ambiguous_word_shows_in_every_language_but_english(
    language: Language, meanings: list[Meaning]
) -> None:
    senses = {"animal": "club", "bird": "machine"} | {"club": "animal", "machine": "bird"}
    ambiguous = [m for m in meanings if m.patient.noun.partition(".")[0] in {"bat", "crane"}]
    assert ambiguous
    spell = speller(language, 1)
    for meaning in ambiguous:
        word, _, sense = meaning.patient.noun.partition(".")
        other = replace(meaning, patient=replace(meaning.patient, noun=f"{word}.{senses[sense]}"))
        assert (spell(meaning, CANONICAL) == spell(other, CANONICAL)) == (language is ENGLISH)
        assert meaning.ambiguous == other.ambiguous == (word,)


SPELLERS = [speller(language, 1) for language in languages()]
CHANGES = {
    "tense": st.sampled_from(concepts.TENSES),
    "place": st.sampled_from(sorted(concepts.PLACES)),
    "time": st.sampled_from(sorted(TIMES)),
    "action": st.sampled_from(sorted(VERBS)),
}
ENTITY_CHANGES = {
    "noun": st.sampled_from(sorted(set(NOUNS) - SENSES)),
    "number": st.sampled_from(("singular", "plural")),
    "colour": st.sampled_from((None, *concepts.COLOURS)),
    "size": st.sampled_from((None, *concepts.SIZES)),
}


@given(data=st.data(), seed=st.integers(0, 2**32))
def test_meanings_that_differ_in_one_thing_differ_in_text(data: st.DataObject, seed: int) -> None:
    meaning = sample(seed, {"train": 1}, 0.0)["train"][0]
    part = data.draw(st.sampled_from(("meaning", "agent", "patient")))
    changes = CHANGES if part == "meaning" else ENTITY_CHANGES
    key = data.draw(st.sampled_from(sorted(changes)))
    change: dict[str, Any] = {key: data.draw(changes[key])}
    if part != "meaning":
        change = {part: replace(getattr(meaning, part), **change)}
    other = replace(meaning, **change)
    for spell in SPELLERS:
        assert (spell(meaning, CANONICAL) == spell(other, CANONICAL)) == (meaning == other)
