"""From a source's path pattern to its files: {language}, {src}, {tgt} and {split} filled in by configuration alone."""

from __future__ import annotations

from pathlib import Path
from string import Formatter
from typing import NamedTuple

from crosstalk.config.data import Benchmark, Source
from crosstalk.corpora.languages import alphabetical, codes, languages, pairs_with_pivot
from crosstalk.errors import CrosstalkError, nearest

FIELDS = ("language", "src", "tgt", "split")
SPLITS = {"train": "train", "dev": "dev", "test": "test"}


class Place(NamedTuple):
    """One file of a source and what its name says about the rows in it (our codes); None: the rows say it."""

    path: Path
    split: str | None = None
    pair: tuple[str, str] | None = None
    language: str | None = None


def placeholders(source: Source) -> set[str]:
    """Names in braces in the source's path; CrosstalkError names one that means nothing."""
    where = f"source {source.name!r}: path {source.path!r}"
    try:
        names = {name for _, name, _, _ in Formatter().parse(source.path) if name is not None}
    except ValueError as error:
        raise CrosstalkError(f"{where} is not a pattern: {error}") from error
    for name in sorted(names - set(FIELDS)):
        raise CrosstalkError(f"{where}: unknown {{{name}}}{nearest(name, FIELDS)}")
    if len(names & {"src", "tgt"}) == 1:
        raise CrosstalkError(f"{where} has one of {{src}} and {{tgt}}; expected both")
    if "split" in names and source.split is not None:
        raise CrosstalkError(f"{where} has {{split}}, so splits says which are read; remove split")
    return names


def places(source: Source, benchmark: Benchmark, root: Path) -> list[Place]:
    """Every file that the source's path stands for; relative paths start at ``root``.

    With {src} and {tgt}: one file for each pair and split, or one for each side where there is {language} too.
    """
    names = placeholders(source)
    theirs = codes(source, benchmark)
    splits: list[tuple[str | None, str]] = [(source.split, "")]
    if "split" in names:
        splits = list((source.splits or SPLITS).items())
    pairs: list[tuple[str, str] | None] = [None]
    if "src" in names:
        wanted = pairs_with_pivot(source, benchmark)
        pairs = list(wanted if source.pairs is not None else alphabetical(wanted, theirs))
    found = []
    for split, its_split in splits:
        for pair in pairs:
            sides: list[str | None] = [None]
            if "language" in names:
                sides = list(pair) if pair else list(languages(source, benchmark))
            for language in sides:
                values = {"split": its_split, "language": theirs[language] if language else ""}
                if pair:
                    values |= {"src": theirs[pair[0]], "tgt": theirs[pair[1]]}
                found.append(Place(root / source.path.format(**values), split, pair, language))
    return found
