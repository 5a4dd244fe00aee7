"""Captions with images: the pivot's sentence, its image, and translations of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crosstalk.artefacts import SENTENCES, read_table
from crosstalk.errors import CrosstalkError


class Example(NamedTuple):
    """A caption to be translated."""

    sentence_id: str
    source: str
    target: str


@dataclass(frozen=True)
class Captions:
    """Examples of a split by target language, in the order of their ids."""

    pivot: str
    examples: Mapping[str, list[Example]]

    @property
    def languages(self) -> list[str]:
        """Target languages."""
        return list(self.examples)

    def first(self, count: int | None, spread: bool = False) -> Captions:
        """At most ``count`` examples of each language: the first ones, or evenly spread."""
        chosen = {}
        for language, rows in self.examples.items():
            places: Iterable[int] = range(len(rows) if count is None else min(count, len(rows)))
            if spread and count is not None and len(rows) > count:
                places = np.linspace(0, len(rows) - 1, count).round().astype(int).tolist()
            chosen[language] = [rows[place] for place in places]
        return Captions(self.pivot, chosen)

    def texts(self) -> Iterable[str]:
        """Every sentence: each of the pivot's once, then the translations."""
        yield from dict.fromkeys(row.source for rows in self.examples.values() for row in rows)
        for rows in self.examples.values():
            yield from (row.target for row in rows)


def read_captions(folder: Path, pivot: str, targets: Iterable[str], split: str, images: Iterable[str]) -> Captions:
    """The captions of a split from ``folder``/{language}.parquet (SENTENCES), those that have one of ``images``.

    Raises CrosstalkError when a language has none.
    """
    illustrated = set(images)
    sources = _texts(folder, pivot, split)
    found = {}
    for language in targets:
        texts = _texts(folder, language, split)
        shared = sorted(sources.keys() & texts.keys() & illustrated)
        if not shared:
            raise CrosstalkError(f"{folder}: no sentence of split {split!r} in {pivot} and {language} has an image")
        found[language] = [Example(name, sources[name], texts[name]) for name in shared]
    return Captions(pivot, found)


def _texts(folder: Path, language: str, split: str) -> dict[str, str]:
    table: pa.Table = read_table(folder / f"{language}.parquet", SENTENCES)
    rows = table.filter(pc.equal(table["split"], split))
    return dict(zip(rows["sentence_id"].to_pylist(), rows["text"].to_pylist(), strict=True))
