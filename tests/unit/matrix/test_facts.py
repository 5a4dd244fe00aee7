"""Facts of languages: the paper's, the world's, and what a code alone tells."""

from __future__ import annotations

import pytest

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.facts import MATRIX83, facts
from crosstalk.world.languages import languages


def test_the_83_languages_of_the_paper() -> None:
    assert len(MATRIX83) == len(set(MATRIX83)) == 83
    assert MATRIX83[0] == "eus_Latn"
    assert {"kmr_Latn", "jpn_Jpan", "zho_Hans", "zho_Hant"} < set(MATRIX83)
    # 83 trainings of one language and one of every pair (METHODS §2, 1).
    assert len(MATRIX83) + len(MATRIX83) * (len(MATRIX83) - 1) // 2 == 3486


def test_facts_of_the_paper_come_in_the_order_asked_for() -> None:
    found = facts(["cym_Latn", "rus_Cyrl", "zho_Hans"])
    assert found.to_numpy().tolist() == [
        ["cym_Latn", "Welsh", "Latin", "Celtic", "low"],
        ["rus_Cyrl", "Russian", "Cyrillic", "Balto-Slavic", "high"],
        ["zho_Hans", "Chinese", "Han (Simplified)", "Sinitic", ""],
    ]


def test_languages_of_the_world_have_its_families_and_share_script_names_with_the_others() -> None:
    found = facts(["qaa_Latn", "qbc_Deva", "eng_Latn", "hin_Deva"]).set_index("language")
    assert found.loc["qaa_Latn"].tolist() == ["Tagel", "Latin", "Taric", ""]
    assert found.loc["qbc_Deva", "script"] == found.loc["hin_Deva", "script"] == "Devanagari"
    assert found.loc["eng_Latn", "family"] == "Germanic"
    assert (facts([language.code for language in languages()])["family"] != "").all()


def test_of_other_languages_the_script_is_known() -> None:
    assert facts(["xyz_Latn", "xyz_Cher"]).to_numpy().tolist() == [
        ["xyz_Latn", "xyz_Latn", "Latin", "", ""],
        ["xyz_Cher", "xyz_Cher", "Cher", "", ""],
    ]


def test_a_language_named_twice_is_refused() -> None:
    with pytest.raises(CrosstalkError, match="'rus_Cyrl' is named twice"):
        facts(["rus_Cyrl", "eng_Latn", "rus_Cyrl"])
