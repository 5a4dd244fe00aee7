"""fairseq's dictionaries: a piece and a count a line, after four ids that are not in the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from crosstalk.artefacts import whole_file
from crosstalk.errors import CrosstalkError

FIRST = ["<s>", "<pad>", "</s>", "<unk>"]
"""Ids 0 to 3, in XLM-R's order and ours."""


def read_dictionary(path: Path) -> list[str]:
    """The piece of each id; CrosstalkError when a line is not a piece and a count, or a piece occurs twice."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CrosstalkError(f"{path}: not a readable dictionary ({error})") from error
    pieces = list(FIRST)
    for number, line in enumerate(lines[: -1 if lines[-1] == "" else None], 1):
        piece, _, count = line.removesuffix(" #fairseq:overwrite").rpartition(" ")
        if not piece or not count.isdigit():
            raise CrosstalkError(f"{path}:{number}: expected a piece, a space and a count")
        pieces.append(piece)
    if len(set(pieces)) < len(pieces):
        twice = next(piece for place, piece in enumerate(pieces) if piece in pieces[:place])
        raise CrosstalkError(f"{path}: {twice!r} is there twice")
    return pieces


def write_dictionary(pieces: Sequence[str], path: Path) -> None:
    """Write the pieces of all ids, the first four included in ``pieces`` and left out of the file."""
    with whole_file(path) as part:
        part.write_text("".join(f"{piece} 1\n" for piece in pieces[len(FIRST) :]), encoding="utf-8")
