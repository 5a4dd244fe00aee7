"""Writing: the phonemes of a word in the letters of a script."""

from __future__ import annotations

import re

_LATIN = {"č": "ch"}
_CYRILLIC = dict(zip("abvgdzijklmnoprstufxčšye", "абвгдзийклмнопрстуфхчшые", strict=True))
_GREEK = dict(zip("abgdzθiklmnoprstufxe", "αβγδζθικλμνοπρστυφχε", strict=True))
_CONSONANTS = dict(zip("kgjtdnpbBDmlvszr", "कगजतदनपबभधमलवशझर", strict=True))
_SIGNS = dict(zip("aeiou", ("", "\u0947", "\u093f", "\u094b", "\u0941"), strict=True))
_VOWELS = dict(zip("aeiou", "अएइओउ", strict=True))
_VIRAMA = "\u094d"


def _devanagari(phonemes: str) -> str:
    """A consonant carries the vowel after it as a sign; a is the one that needs none."""
    letters = []
    for consonant, vowel in re.findall(r"([^aeiou]?)([aeiou]?)", phonemes)[:-1]:
        if consonant:
            letters.append(_CONSONANTS[consonant] + (_SIGNS[vowel] if vowel else _VIRAMA))
        else:
            letters.append(_VOWELS[vowel])
    return "".join(letters)


def write(phonemes: str, script: str) -> str:
    """Spell a word in a script, given as its ISO 15924 code; two words never fall together."""
    if script == "Deva":
        return _devanagari(phonemes)
    if script == "Latn":
        return "".join(_LATIN.get(phoneme, phoneme) for phoneme in phonemes)
    letters = {"Cyrl": _CYRILLIC, "Grek": _GREEK}[script]
    return re.sub("σ$", "ς", "".join(letters[phoneme] for phoneme in phonemes))
