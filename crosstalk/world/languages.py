"""The languages of the world: a language is one row of typological choices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crosstalk.errors import CrosstalkError, nearest

Side = Literal["before", "after"]


@dataclass(frozen=True)
class Family:
    """What the proto-language of a family sounds like; C is one of its consonants, V one of its vowels."""

    name: str
    consonants: str
    vowels: str
    root: str
    affix: str


TARIC = Family("Taric", consonants="ptksmnlr", vowels="aeiou", root="CVCVC", affix="VC")
MELIC = Family("Melic", consonants="bdgzvmnl", vowels="aeiu", root="CVCV", affix="CV")
ORIC = Family("Oric", consonants="tkbdnrwh", vowels="aiou", root="VCVCV", affix="CV")
GERMANIC = Family("Germanic", consonants="", vowels="", root="", affix="")


@dataclass(frozen=True)
class Language:
    """How a language puts a meaning into words."""

    code: str
    name: str
    family: Family
    order: str
    """Order of subject, verb and the other argument (object, or agent of a passive) when nothing is moved."""
    adjective: Side
    """Where adjectives stand to the noun; the size is further from it than the colour."""
    adposition: Side
    """Where adpositions and words that mark number, tense and voice stand."""
    roles: Literal["order", "accusative", "ergative"]
    """What tells subject and object apart: their order, or a case suffix on the object or on the active agent."""
    changes: tuple[tuple[str, str], ...] = ()
    """Sound changes from the proto-language: regular expressions and replacements in order, none merging two words."""
    agreement: Literal["none", "number", "number and class"] = "number"
    """What the verb tells of its subject: nothing, plural, plural and inanimate."""
    marking: Literal["suffix", "word"] = "suffix"
    """Number, tense and voice are suffixes, or words of their own."""
    adjuncts: Literal["middle", "end"] = "end"
    """Place and time stand after the first argument (time, place) or at the end (place, time)."""
    article: Literal["none", "before", "after"] = "none"
    """Where the definite article stands to its noun phrase."""
    concord: bool = False
    """Adjectives take the suffixes of their noun."""
    verb_second: bool = False
    """The verb comes straight after a fronted place or time."""
    scrambled: str | None = None
    """The other order that the case suffixes allow."""

    @property
    def script(self) -> str:
        """ISO 15924 code of the script."""
        return self.code.rpartition("_")[2]


ENGLISH = Language("eng_Latn", "English", GERMANIC, "SVO", "before", "before", "order", article="before")

_LANGUAGES = (
    ENGLISH,
    Language(
        *("qaa_Latn", "Tagel", TARIC, "SVO", "before", "before", "order"),
        changes=(("(?<=[aeiou])p(?=[aeiou])", "b"), ("(?<=[aeiou])t(?=[aeiou])", "d"), ("k(?=[aeiou])", "g")),
        article="before",
    ),
    Language(
        *("qab_Cyrl", "Tyrosh", TARIC, "SOV", "before", "after", "accusative"),
        changes=(("p", "f"), ("k", "x"), ("s", "š"), ("u", "y"), ("o", "u"), ("a", "o")),
        agreement="number and class",
        adjuncts="middle",
        scrambled="OSV",
    ),
    Language(
        *("qac_Latn", "Charew", TARIC, "VSO", "after", "before", "accusative"),
        changes=(("k(?=[ei])", "č"), ("t", "d"), ("l$", "w")),
        scrambled="VOS",
    ),
    Language(
        *("qba_Latn", "Pelima", MELIC, "SOV", "before", "after", "order"),
        changes=(("b", "p"), ("d", "t"), ("g", "k"), ("z", "s"), ("v", "f")),
        agreement="none",
        marking="word",
        adjuncts="middle",
    ),
    Language(
        *("qbb_Grek", "Melothi", MELIC, "SVO", "after", "before", "accusative"),
        changes=(("d", "θ"), ("g", "x"), ("v", "f"), ("u", "o")),
        concord=True,
        verb_second=True,
        scrambled="OVS",
    ),
    Language(
        *("qbc_Deva", "Bhelija", MELIC, "SOV", "before", "after", "ergative"),
        changes=(("(?<=[aeiu])b", "B"), ("(?<=[aeiu])d", "D"), ("z", "j")),
        adjuncts="middle",
        scrambled="OSV",
    ),
    Language(
        *("qca_Latn", "Olaku", ORIC, "VSO", "after", "before", "order"),
        changes=(("r", "l"), ("t(?=i)", "c"), ("h", "s")),
        agreement="none",
        marking="word",
    ),
    Language(
        *("qcb_Cyrl", "Ozarev", ORIC, "SVO", "before", "after", "accusative"),
        changes=(("k(?=i)", "č"), ("i", "e"), ("d", "z"), ("w", "v"), ("h", "j")),
        agreement="number and class",
        article="after",
        scrambled="OVS",
    ),
)


def languages() -> tuple[Language, ...]:
    """Every language of the world, English first."""
    return _LANGUAGES


def language(code: str) -> Language:
    """The language with a code; CrosstalkError names the nearest one when there is none."""
    known = {language.code: language for language in _LANGUAGES}
    if code not in known:
        raise CrosstalkError(f"the world has no language {code!r}{nearest(code, known)}")
    return known[code]
