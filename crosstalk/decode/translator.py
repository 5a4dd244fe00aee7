"""Translating with exported folders: one of a kind, or a folder of them by language."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from crosstalk.corpora.short_codes import language as short
from crosstalk.decode.card import FILE, Card, Kind
from crosstalk.decode.converted import Converted
from crosstalk.decode.engines import Search
from crosstalk.decode.search import beam_search
from crosstalk.decode.translate import inputs
from crosstalk.errors import CrosstalkError
from crosstalk.models.xlmt import load_xlmt
from crosstalk.tokens.vocabulary import Vocabulary


class Folder:
    """One exported folder, loaded."""

    def __init__(self, folder: Path, device: str, threads: int, batch: int) -> None:
        """``device`` is auto, cpu or cuda; CrosstalkError when the folder is damaged, or there is no such device."""
        self.card, self.vocabulary = Card.load(folder), Vocabulary.load(folder)
        self._search = self._searching(folder, device, threads, batch)

    def _searching(self, folder: Path, device: str, threads: int, batch: int) -> Search:
        card = self.card
        if card.kind == "ctranslate2":
            copy = Converted(folder, self.vocabulary.spellings(), card.positions, device, threads)
            return lambda sources, starts, name: copy.beam_search(sources, starts, card.decode, batch, name)
        torch.set_num_threads(threads)
        gpu = torch.cuda.is_available() and device != "cpu"
        if device == "cuda" and not gpu:
            raise CrosstalkError("no GPU is visible; use --device auto or cpu")
        model = load_xlmt(folder, device=torch.device("cuda" if gpu else "cpu")).eval()
        return lambda sources, starts, name: beam_search(model, sources, starts, card.decode, batch, name)

    def translate(self, texts: Sequence[str], targets: Sequence[str]) -> tuple[list[str], list[int]]:
        """Translations of ``texts``, each into its target, and the positions of those that had to be cut."""
        encoded = self.vocabulary.encode(list(texts))
        sources, starts = inputs(self.vocabulary, encoded, targets, self.card.max_length, self.card.tag == "source")
        found = self.vocabulary.decode(self._search(sources, starts, ""))
        cut = [i for i, ids in enumerate(encoded) if len(ids) > self.card.max_length - 2]
        # Text of nothing but characters that the vocabulary leaves out is as good as none.
        return [text if ids else "" for text, ids in zip(found, encoded, strict=True)], cut


class Translator:
    """The exported folders at a place, loaded when they are first needed."""

    def __init__(self, place: Path, kind: Kind, device: str, threads: int, batch: int) -> None:
        """``place`` is a folder of a kind, a language's folder with both, or the folder that holds the languages'.

        Raises CrosstalkError when there is no exported model.
        """
        found = [path.parent for form in ("", f"{kind}/", f"*/{kind}/") for path in sorted(place.glob(form + FILE))]
        if not place.is_dir():
            raise CrosstalkError(f"{place}: no such folder; expected one that `python -m crosstalk export` wrote")
        if not found:
            raise CrosstalkError(f"{place}: no exported model in it; expected {FILE}, or LANGUAGE/{kind}/{FILE}")
        self._folders = {Card.load(folder).source: folder for folder in found}
        self._targets = sorted({target for folder in found for target in Card.load(folder).targets})
        self._settings = (device, threads, batch)
        self._loaded: dict[str | None, Folder] = {}

    def source(self, given: str) -> str:
        """The source language that a code or its short form means; CrosstalkError when it is unknown."""
        sources = [source for source in self._folders if source]
        return short(given, self._targets if None in self._folders else sources)

    def target(self, given: str) -> str:
        """The target language that a code or its short form means; CrosstalkError when it is unknown."""
        return short(given, self._targets)

    def translate(
        self, source: str | None, targets: Sequence[str], texts: Sequence[str]
    ) -> tuple[list[str], list[int]]:
        """Translations of ``texts`` of one language, and the positions of those that were too long and were cut."""
        source = source if source in self._folders else None
        if source not in self._loaded:
            self._loaded[source] = Folder(self._folders[source], *self._settings)
        return self._loaded[source].translate(texts, targets)
