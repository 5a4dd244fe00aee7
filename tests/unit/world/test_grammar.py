"""Every language on sentences spelled by hand: orders, cases, agreement, adpositions, moved phrases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crosstalk.errors import CrosstalkError
from crosstalk.world import gloss, languages
from crosstalk.world.forms import CANONICAL, Form, forms
from crosstalk.world.languages import ENGLISH
from crosstalk.world.meanings import Entity, Meaning
from crosstalk.world.spelling import speller

DOGS = Meaning(
    agent=Entity("dog", "plural", size="small"),
    action="see",
    patient=Entity("ball", "singular", colour="red"),
    tense="past",
    place="garden",
    time="yesterday",
)
PASSIVE = Form(voice="passive")

ACTIVE = {
    "qaa_Latn": "DEF small dog-PL see-PST-3PL red ball in DEF garden yesterday",
    "qab_Cyrl": "small dog-PL yesterday garden in red ball-ACC see-PST-3PL",
    "qac_Latn": "see-PST-3PL dog-PL small ball-ACC red in garden yesterday",
    "qba_Latn": "small dog PL yesterday garden in red ball see PST",
    "qbb_Grek": "dog-PL small-PL see-PST-3PL ball-ACC red-ACC in garden yesterday",
    "qbc_Deva": "small dog-PL-ERG yesterday garden in red ball see-PST-3PL",
    "qca_Latn": "PST see PL dog small ball red in garden yesterday",
    "qcb_Cyrl": "small dog-PL DEF see-PST-3PL red ball-ACC garden DEF in yesterday",
}
PASSIVES = {
    "qaa_Latn": "red ball see-PASS-PST AGT DEF small dog-PL in DEF garden yesterday",
    "qab_Cyrl": "red ball yesterday garden in small dog-PL-INS see-PASS-PST-INAN",
    "qac_Latn": "see-PASS-PST ball red dog-PL-INS small in garden yesterday",
    "qba_Latn": "red ball yesterday garden in small dog PL AGT see PASS PST",
    "qbb_Grek": "ball red see-PASS-PST dog-PL-INS small-PL-INS in garden yesterday",
    "qbc_Deva": "red ball yesterday garden in small dog-PL-INS see-PASS-PST",
    "qca_Latn": "PST PASS see ball red AGT PL dog small in garden yesterday",
    "qcb_Cyrl": "red ball see-PASS-PST-INAN small dog-PL-INS DEF garden DEF in yesterday",
}
TIME_FRONTED = {
    "qaa_Latn": "yesterday DEF small dog-PL see-PST-3PL red ball in DEF garden",
    "qab_Cyrl": "yesterday small dog-PL garden in red ball-ACC see-PST-3PL",
    "qac_Latn": "yesterday see-PST-3PL dog-PL small ball-ACC red in garden",
    "qba_Latn": "yesterday small dog PL garden in red ball see PST",
    "qbb_Grek": "yesterday see-PST-3PL dog-PL small-PL ball-ACC red-ACC in garden",
    "qbc_Deva": "yesterday small dog-PL-ERG garden in red ball see-PST-3PL",
    "qca_Latn": "yesterday PST see PL dog small ball red in garden",
    "qcb_Cyrl": "yesterday small dog-PL DEF see-PST-3PL red ball-ACC garden DEF in",
}
SCRAMBLED = {
    "qab_Cyrl": "red ball-ACC yesterday garden in small dog-PL see-PST-3PL",
    "qac_Latn": "see-PST-3PL ball-ACC red dog-PL small in garden yesterday",
    "qbb_Grek": "ball-ACC red-ACC see-PST-3PL dog-PL small-PL in garden yesterday",
    "qbc_Deva": "red ball yesterday garden in small dog-PL-ERG see-PST-3PL",
    "qcb_Cyrl": "red ball-ACC see-PST-3PL small dog-PL DEF garden DEF in yesterday",
}
SECOND_WORDS = "DEF small/2 dog/2-PL see-PST-3PL red ball in DEF garden yesterday"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (CANONICAL, ACTIVE),
        (PASSIVE, PASSIVES),
        (Form(fronted="time"), TIME_FRONTED),
        (Form(scrambled=True), SCRAMBLED),
        (Form(synonyms=1), {"qaa_Latn": SECOND_WORDS}),
    ],
)
def test_languages_by_hand(form: Form, expected: dict[str, str]) -> None:
    assert {code: gloss(DOGS, form, code) for code in expected} == expected


def test_every_language_is_spelled_by_hand() -> None:
    invented = {language.code for language in languages()} - {"eng_Latn"}
    assert set(ACTIVE) == set(PASSIVES) == set(TIME_FRONTED) == invented
    assert set(SCRAMBLED) == {language.code for language in languages() if language.scrambled}


def test_only_case_marking_allows_scrambling() -> None:
    assert all((language.scrambled is None) == (language.roles == "order") for language in languages())


def test_plural_inanimate_subject() -> None:
    meaning = Meaning(Entity("king", "singular"), "eat", Entity("egg", "plural"), "future")
    assert gloss(meaning, PASSIVE, "qcb_Cyrl") == "egg-PL eat-PASS-FUT-INAN-3PL king-INS DEF"
    assert gloss(meaning, PASSIVE, "qba_Latn") == "egg PL king AGT eat PASS FUT"


def test_colour_is_nearer_to_the_noun_than_size() -> None:
    meaning = Meaning(Entity("cow", "singular", "black", "big"), "touch", Entity("cat", "singular"), "present")
    assert gloss(meaning, CANONICAL, "qab_Cyrl") == "big black cow cat-ACC touch"
    assert gloss(meaning, CANONICAL, "qac_Latn") == "touch cow black big cat-ACC"


def test_unknown_language_is_named() -> None:
    with pytest.raises(CrosstalkError, match=r"^the world has no language 'qab_Latn'; did you mean 'q"):
        gloss(DOGS, CANONICAL, "qab_Latn")


def english(meaning: Meaning, form: Form = CANONICAL) -> str:
    return speller(ENGLISH, 1)(meaning, form)


def test_english_by_hand() -> None:
    assert english(DOGS) == "the small dogs saw a red ball in the garden yesterday"
    assert english(DOGS, PASSIVE) == "a red ball was seen by the small dogs in the garden yesterday"
    assert english(DOGS, Form(fronted="place")) == "in the garden the small dogs saw a red ball yesterday"
    assert (
        english(DOGS, Form("passive", False, "time", 1))
        == "yesterday a red ball was seen by the little hounds in the garden"
    )


@pytest.mark.parametrize(
    ("tense", "agent", "patient", "active", "passive"),
    [
        ("present", "singular", "plural", "the lady observes mice", "mice are observed by the lady"),
        ("present", "plural", "singular", "the ladies observe a mouse", "a mouse is observed by the ladies"),
        ("future", "singular", "plural", "the lady will observe mice", "mice will be observed by the lady"),
        ("past", "plural", "plural", "the ladies observed mice", "mice were observed by the ladies"),
    ],
)
def test_english_agreement(tense: str, agent: str, patient: str, active: str, passive: str) -> None:
    meaning = Meaning(Entity("woman", agent), "watch", Entity("mouse.animal", patient), tense)
    assert english(meaning, Form(synonyms=1)) == active
    assert english(meaning, Form("passive", synonyms=1)) == passive


def test_english_article_before_a_vowel() -> None:
    eggs = Meaning(Entity("fox", "plural"), "carry", Entity("egg", "singular"), "past")
    assert english(eggs) == "the foxes carried an egg"
    assert english(replace(eggs, patient=Entity("egg", "singular", size="big"))) == "the foxes carried a big egg"


def test_forms_are_all_combinations() -> None:
    case = next(language for language in languages() if language.code == "qab_Cyrl")
    assert len(forms(DOGS, ENGLISH)) == 2 * 3 * 2
    assert len(forms(DOGS, case)) == 2 * 3 * 2 * 2
    assert len(forms(Meaning(Entity("king", "plural"), "eat", Entity("egg", "plural"), "past"), ENGLISH)) == 2
    assert forms(DOGS, case)[0] == CANONICAL
