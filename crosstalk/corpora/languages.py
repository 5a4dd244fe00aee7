"""Which languages and pairs a source is asked for, and the codes its files use for them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from crosstalk.config.data import Benchmark, Source
from crosstalk.errors import CrosstalkError

Pair = tuple[str, str]


def languages(source: Source, benchmark: Benchmark) -> list[str]:
    """Languages that a source is read for."""
    return list(source.languages or benchmark.languages)


def codes(source: Source, benchmark: Benchmark, published: Mapping[str, str] | None = None) -> dict[str, str]:
    """Our code -> the files' code, from the source's ``codes``, else ``published``; our own when there is no table.

    Raises CrosstalkError when a language has no code in the table, or two have the same one.
    """
    pairs = source.pairs or []
    wanted = dict.fromkeys([*languages(source, benchmark), benchmark.pivot, *(code for pair in pairs for code in pair)])
    theirs: dict[str, str] = {}
    for language in wanted:
        code = source.codes.get(language, language if published is None else published.get(language))
        if code is None:
            raise CrosstalkError(
                f"source {source.name!r}: no {source.reader} code is known for {language!r}; name one under codes, or "
                "the languages it has under languages"
            )
        theirs[language] = code
    for language, code in theirs.items():
        if twin := next((other for other, its in theirs.items() if its == code and other != language), None):
            raise CrosstalkError(f"source {source.name!r}: {language!r} and {twin!r} both have the code {code!r}")
    return theirs


def pairs_with_pivot(source: Source, benchmark: Benchmark) -> list[Pair]:
    """The source's ``pairs``, or (pivot, language) for each of its other languages."""
    if source.pairs is not None:
        return list(source.pairs)
    return [(benchmark.pivot, code) for code in languages(source, benchmark) if code != benchmark.pivot]


def alphabetical(pairs: list[Pair], theirs: Mapping[str, str]) -> list[Pair]:
    """Each pair in the alphabetical order of the files' codes, as OPUS and NLLB name theirs."""
    ordered = [tuple(sorted(pair, key=theirs.__getitem__)) for pair in pairs]
    return [(first, second) for first, second in ordered]


def opus100_table() -> dict[str, tuple[str, bool]]:
    """Languages of OPUS-100 (Zhang et al. 2020): our code -> (its two-letter code, whether it has dev and test)."""
    with Path(__file__).with_name("opus100.csv").open(encoding="utf-8", newline="") as file:
        return {row["language"]: (row["code"], row["held_out"] == "1") for row in csv.DictReader(file)}
