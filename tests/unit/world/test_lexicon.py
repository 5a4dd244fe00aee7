"""Sound changes by hand, lexicons without homonyms, and words in their script alone."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstalk.world import Language, languages, lexicon
from crosstalk.world.concepts import AMBIGUOUS_NOUNS, CONCEPTS, SYNONYMS
from crosstalk.world.languages import Family
from crosstalk.world.lexicon import changed, phonemes, second
from crosstalk.world.scripts import write

INVENTED = languages()[1:]
NAMES = {"Latn": "LATIN", "Cyrl": "CYRILLIC", "Grek": "GREEK", "Deva": "DEVANAGARI"}


def roots(family: Family) -> st.SearchStrategy[str]:
    sounds = {"C": st.sampled_from(family.consonants), "V": st.sampled_from(family.vowels)}
    return st.tuples(*(sounds[place] for place in family.root)).map("".join)


@pytest.mark.parametrize(
    ("code", "proto", "expected"),
    [
        ("qaa_Latn", "patik", "padik"),
        ("qaa_Latn", "kipos", "gibos"),
        ("qab_Cyrl", "kopus", "xufyš"),
        ("qac_Latn", "ketil", "čediw"),
        ("qac_Latn", "kalak", "kalak"),
        ("qba_Latn", "bude", "pute"),
        ("qbb_Grek", "vagu", "faxo"),
        ("qbc_Deva", "baze", "baje"),
        ("qbc_Deva", "dabi", "daBi"),
        ("qca_Latn", "otiru", "ocilu"),
        ("qcb_Cyrl", "ikiwa", "ečeva"),
    ],
)
def test_sound_changes_by_hand(code: str, proto: str, expected: str) -> None:
    assert changed(proto, next(language for language in INVENTED if language.code == code)) == expected


@pytest.mark.parametrize(
    ("phonemes", "script", "expected"),
    [
        ("čediw", "Latn", "chediw"),
        ("xufyš", "Cyrl", "хуфыш"),
        ("sanos", "Grek", "σανος"),
        ("daBi", "Deva", "दभि"),
        ("amek", "Deva", "अमेक्"),
    ],
)
def test_scripts_by_hand(phonemes: str, script: str, expected: str) -> None:
    assert write(phonemes, script) == expected


@pytest.mark.parametrize("language", INVENTED, ids=lambda language: language.code)
@given(data=st.data())
def test_sound_changes_merge_no_words(language: Language, data: st.DataObject) -> None:
    one, other = data.draw(st.tuples(*[roots(language.family)] * 2))
    written = [write(changed(root, language), language.script) for root in (one, other)]
    assert (written[0] == written[1]) == (one == other)


@pytest.mark.parametrize("language", INVENTED, ids=lambda language: language.code)
def test_every_morpheme_has_its_own_form(language: Language) -> None:
    for seed in range(3):
        morphemes = phonemes(language, seed)
        assert len(set(morphemes.values())) == len(morphemes)
        assert {second(concept) for concept in SYNONYMS} < set(morphemes)


def test_families_share_proto_words_and_other_families_do_not() -> None:
    seeds = [{language.code: phonemes(language, seed) for language in INVENTED} for seed in (1, 2)]
    assert seeds[0] != seeds[1]
    same = {
        (one.family.name, other.family.name): sum(
            words[one.code][concept] == words[other.code][concept] for words in seeds for concept in CONCEPTS
        )
        for one, other in [(INVENTED[0], INVENTED[2]), (INVENTED[0], INVENTED[3]), (INVENTED[3], INVENTED[6])]
    }
    assert same["Taric", "Taric"] > 5
    assert same["Taric", "Melic"] == same["Melic", "Oric"] == 0


@pytest.mark.parametrize("language", languages(), ids=lambda language: language.code)
def test_words_are_in_their_script(language: Language) -> None:
    for word in lexicon(language.code, 1).values():
        for letter in word.replace(" ", ""):
            assert unicodedata.name(letter).startswith(NAMES[language.script])


def test_only_english_has_one_word_for_two_senses() -> None:
    for language in languages():
        words = lexicon(language.code, 1)
        senses = [words[noun.concept] for noun in AMBIGUOUS_NOUNS]
        assert len(set(senses)) == (4 if language.code == "eng_Latn" else 8)
        assert len(set(words.values())) == len(CONCEPTS) - (4 if language.code == "eng_Latn" else 0)


def test_languages_cover_the_typology() -> None:
    assert languages()[0].code == "eng_Latn"
    assert len({language.code for language in languages()}) == 9
    assert {language.script for language in INVENTED} == set(NAMES)
    assert {language.order for language in INVENTED} == {"SVO", "SOV", "VSO"}
    assert {language.roles for language in INVENTED} == {"order", "accusative", "ergative"}
    assert len({language.family for language in INVENTED}) == 3
    for language in INVENTED:
        assert "qaa" <= language.code[:3] <= "qtz"
