"""Scenes: a meaning as a small picture of who does what to whom, and where.

Every concept has a pictogram of its own, so the two senses of an ambiguous English word look different, as they do
in the world.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from crosstalk.world.concepts import AMBIGUOUS_NOUNS, NOUNS, PLACES, VERBS
from crosstalk.world.languages import ENGLISH, language
from crosstalk.world.seeds import stream
from crosstalk.world.spelling import noun_forms

SIZE = 32
"""Side of a scene in pixels. Its quarters show agent, patient, action and place."""
_CELLS, _DENSITY = 5, 0.55
_HALF = SIZE // 2
_COLOURS = {
    "red": (214, 40, 40), "blue": (40, 80, 214), "green": (40, 160, 60), "yellow": (235, 210, 40),
    "black": (20, 20, 20), "white": (250, 250, 250), "orange": (240, 140, 30), "purple": (140, 50, 170),
}  # fmt: skip
_PLAIN, _INK, _PAPER = (150, 120, 90), (60, 60, 60), (225, 225, 215)
_WIDTHS = {"tiny": 5, "small": 8, None: 10, "big": 15}
"""Side of a pictogram, pixels."""


@cache
def pictograms() -> dict[str, NDArray[np.bool_]]:
    """Cells [5, 5] of every concept's pictogram that are drawn: symmetric, and no two alike."""
    found: dict[str, NDArray[np.bool_]] = {}
    taken = {np.zeros((_CELLS, _CELLS), bool).tobytes()}
    for name in (*NOUNS, *VERBS, *PLACES):
        generator = stream(0, "pictogram", name)
        cells = np.zeros((_CELLS, _CELLS), bool)
        while cells.tobytes() in taken:
            half = generator.random((_CELLS, (_CELLS + 1) // 2)) < _DENSITY
            cells = np.concatenate([half, half[:, -2::-1]], axis=1)
        taken.add(cells.tobytes())
        found[name] = cells
    return found


def _stamp(
    canvas: NDArray[np.uint8], concept: str, colour: tuple[int, int, int], side: int, at: tuple[int, int]
) -> None:
    drawn = Image.fromarray(pictograms()[concept].astype(np.uint8) * 255).resize((side, side), Image.Resampling.NEAREST)
    top, left = at
    canvas[top : top + side, left : left + side][np.asarray(drawn) > 0] = colour


def _entity(canvas: NDArray[np.uint8], scene: Mapping[str, str | None], role: str, left: int) -> None:
    colour = _COLOURS.get(scene[f"{role}_colour"] or "", _PLAIN)
    side = _WIDTHS[scene[f"{role}_size"]]
    plural = scene[f"{role}_number"] == "plural"
    side = min(side, 10) if plural else side
    start = 0 if plural else (_HALF - side) // 2
    # Several of them stand behind each other.
    places = [start, _HALF - side] if plural else [start]
    for place in places:
        _stamp(canvas, str(scene[role]), colour, side, (place, left + place))


def draw(scene: Mapping[str, str | None]) -> bytes:
    """A row of the world's meanings as PNG, ``SIZE`` pixels square."""
    canvas = np.full((SIZE, SIZE, 3), _PAPER, np.uint8)
    _entity(canvas, scene, "agent", 0)
    _entity(canvas, scene, "patient", _HALF)
    middle = (_HALF - 10) // 2
    _stamp(canvas, str(scene["action"]), _INK, 10, (_HALF + middle, middle))
    if scene["place"]:
        _stamp(canvas, str(scene["place"]), _INK, 10, (_HALF + middle, _HALF + middle))
    file = io.BytesIO()
    Image.fromarray(canvas).save(file, "PNG")
    return file.getvalue()


def senses(rows: Sequence[Mapping[str, str | None]], codes: Sequence[str], seed: int) -> Iterator[dict[str, object]]:
    """For every meaning with an ambiguous English word and every language: the words of the right and the other
    sense."""
    other = {}
    for noun in AMBIGUOUS_NOUNS:
        pair = [one.concept for one in AMBIGUOUS_NOUNS if one.words[0][0] == noun.words[0][0]]
        other[noun.concept] = next(concept for concept in pair if concept != noun.concept)
    for code in codes:
        if code == ENGLISH.code:
            continue
        words = {concept: sorted(noun_forms(concept, language(code), seed)) for concept in other}
        for row in rows:
            if (meant := str(row["patient"])) in other:
                yield {
                    "sentence_id": row["sentence_id"],
                    "language": code,
                    "right": words[meant],
                    "wrong": words[other[meant]],
                }
