"""Lines in, lines out: as many, in the same order, whatever is in them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from tqdm import tqdm

from crosstalk.decode.translator import Translator
from crosstalk.errors import CrosstalkError


@dataclass(frozen=True)
class Line:
    """A line to translate; ``number`` starts at 1."""

    number: int
    source: str
    target: str
    text: str


def read(stream: Iterable[bytes], translator: Translator, languages: tuple[str, str] | None) -> Iterator[Line]:
    """Lines of UTF-8: texts of one (source, target), or for None ``source<TAB>target<TAB>text``.

    Only a line feed ends a line: text may hold other characters that some programs take for line ends.
    Raises CrosstalkError that names the line when it is not UTF-8, has no such columns or an unknown language.
    """
    pair = (translator.source(languages[0]), translator.target(languages[1])) if languages else ("", "")
    for number, raw in enumerate(stream, start=1):
        try:
            text = raw.removesuffix(b"\n").decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            byte = error.object[error.start]
            raise CrosstalkError(
                f"line {number}: not UTF-8 (byte {byte:#04x} at {error.start}); expected UTF-8"
            ) from error
        if languages or not text.strip():
            yield Line(number, *pair, text)
            continue
        parts = text.split("\t", 2)
        if len(parts) < 3:
            raise CrosstalkError(f"line {number}: {len(parts)} columns; expected source<TAB>target<TAB>text")
        try:
            yield Line(number, translator.source(parts[0]), translator.target(parts[1]), parts[2])
        except CrosstalkError as error:
            raise CrosstalkError(f"line {number}: {error}") from error


def translate(lines: Iterator[Line], translator: Translator, at_once: int) -> Iterator[str]:
    """A translation for each line, an empty one for an empty line; tells of these and of cut ones on stderr.

    ``at_once`` lines are read, sorted by language and translated before the next are read.
    """
    with tqdm(desc="translate", unit="line", mininterval=2) as bar:
        while chunk := list(islice(lines, at_once)):
            # What a piece may hold that some programs take for a line end is a space.
            yield from (" ".join(text.splitlines()) for text in _translated(chunk, translator, bar))


def _translated(chunk: Sequence[Line], translator: Translator, bar: tqdm) -> list[str]:
    results = [""] * len(chunk)
    by_source: dict[str, list[int]] = {}
    for i, line in enumerate(chunk):
        if line.text.strip():
            by_source.setdefault(line.source, []).append(i)
        else:
            _warn(line, "is empty, and so is its translation")
            bar.update()
    for source, chosen in by_source.items():
        found, cut = translator.translate(source, [chunk[i].target for i in chosen], [chunk[i].text for i in chosen])
        for i, text in zip(chosen, found, strict=True):
            results[i] = text
        for i in cut:
            _warn(chunk[chosen[i]], "is longer than the model takes, and was cut")
        bar.update(len(chosen))
    return results


def _warn(line: Line, what: str) -> None:
    tqdm.write(f"crosstalk: line {line.number} {what}", file=sys.stderr)
