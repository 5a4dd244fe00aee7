"""Answers of a paid model, kept on disk: what has been paid for is never asked again."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from crosstalk.errors import CrosstalkError


class Answer(NamedTuple):
    """What a model wrote, and what it cost in the currency of the prices."""

    text: str
    cost: float


class Answers:
    """Answers by the key of their question, in a file of JSON lines that only grows; one process writes at a time."""

    def __init__(self, path: Path) -> None:
        """Read what is there; a last line that a killed process left unfinished is cut off.

        Raises CrosstalkError for another line that is not an answer.
        """
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._known: dict[str, Answer] = {}
        self._file = path.open("a+b")
        self._file.seek(0)
        *lines, torn = self._file.read().split(b"\n")
        if torn:
            self._file.truncate(sum(len(line) + 1 for line in lines))
        for number, line in enumerate(lines, 1):
            key, answer = self._parse(line, number)
            self._known[key] = answer

    def __enter__(self) -> Answers:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._file.close()

    def get(self, key: str) -> Answer | None:
        """A known answer."""
        return self._known.get(key)

    @property
    def spent(self) -> float:
        """Cost of all of them."""
        return sum((answer.cost for answer in self._known.values()), 0.0)

    @property
    def dearest(self) -> float:
        """Cost of the most expensive one."""
        return max((answer.cost for answer in self._known.values()), default=0.0)

    def keep(self, key: str, answer: Answer, told: Mapping[str, Any]) -> None:
        """Add an answer, with what else the server told of it; it is on disk when this returns."""
        row = {"key": key, "text": answer.text, "cost": answer.cost, **told}
        self._file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._known[key] = answer

    def _parse(self, line: bytes, number: int) -> tuple[str, Answer]:
        try:
            row = json.loads(line)
            return str(row["key"]), Answer(str(row["text"]), float(row["cost"]))
        except (ValueError, KeyError, TypeError) as error:
            raise CrosstalkError(
                f"{self._path}:{number}: not an answer with key, text and cost; take the line out to ask again"
            ) from error
