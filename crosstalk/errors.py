"""Errors a user can act on, shown as one line: what, where, what was expected."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class CrosstalkError(Exception):
    """A problem with input, configuration or the machine that the user can mend.

    The message is one line and says what is wrong, where (file, line or key) and what was expected.
    """


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the closest of ``known`` names, or the list of them when none is close."""
    known = sorted(known)
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(known)}"
