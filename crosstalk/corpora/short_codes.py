"""Short forms of language codes, for people who type them: ``de`` or ``deu`` for ``deu_Latn``."""

from __future__ import annotations

from collections.abc import Iterable

from crosstalk.corpora.languages import opus100_table
from crosstalk.errors import CrosstalkError, nearest


def language(given: str, known: Iterable[str]) -> str:
    """The one of the ``known`` codes that is meant by itself, its part before the script, or OPUS-100's two letters.

    Raises CrosstalkError when there is none, or several.
    """
    known = sorted(known)
    if given in known:
        return given
    short = {code: {code.split("_")[0]} for code in known}
    for code, (letters, _) in opus100_table().items():
        if code in short:
            short[code].add(letters)
    meant = [code for code in known if given in short[code]]
    if len(meant) > 1:
        raise CrosstalkError(f"language {given!r} may be {' or '.join(meant)}; give one of these")
    if not meant:
        raise CrosstalkError(f"unknown language {given!r}{nearest(given, known)}")
    return meant[0]
