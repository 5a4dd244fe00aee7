"""Which trainings there are: languages that share an encoder, by the name of what they are for."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from crosstalk.config.downstream import Downstream
from crosstalk.downstream.schemas import GROUP

UNTRAINED, ALONE, HALF = "untrained", "alone", "half"


class Mixture(NamedTuple):
    """A training: ``target`` is a language or GROUP; ``condition`` says what it shares the encoder with."""

    target: str
    condition: str

    @property
    def name(self) -> str:
        """What files call it."""
        return f"{self.target}.{self.condition}"

    @property
    def kind(self) -> tuple[str, int]:
        """The condition without its number, and the number, 0 where it has none."""
        kind = self.condition.rstrip("0123456789")
        return kind, int(self.condition[len(kind) :] or 0)


class Languages(NamedTuple):
    """What a training is of: ``targets`` are those of its ``languages`` that are classified."""

    name: str
    condition: str
    targets: tuple[str, ...]
    languages: tuple[str, ...]

    @classmethod
    def of(cls, partners: pa.Table, name: str) -> Languages:
        """From the table of all trainings (PARTNERS)."""
        rows = partners.filter(pc.equal(partners["mixture"], name))
        targets = rows.filter(pc.equal(rows["role"], "target"))["language"].to_pylist()
        return cls(name, rows["condition"][0].as_py(), tuple(targets), tuple(rows["language"].to_pylist()))


def named(languages: list[str] | None, known: Collection[str]) -> list[str] | None:
    """Languages that are named and known; None where none are named."""
    return None if languages is None else [code for code in languages if code in known]


def unknown(settings: Downstream, known: Collection[str]) -> list[str]:
    """What the log says of named partners that are left out, a line each."""
    return [
        f"downstream.targets.{target}.{kind}: {code} is not among the benchmark's languages; left out"
        for target, chosen in settings.targets.items()
        for kind, languages in chosen
        for code in languages or []
        if code not in known
    ]


def mixtures(settings: Downstream, known: Collection[str]) -> list[Mixture]:
    """All trainings, with ``known`` languages alone: targets one after the other, then the group."""
    found = []
    before = [UNTRAINED] if settings.untrained else []
    for target, chosen in settings.targets.items():
        conditions = [*before, ALONE, *([HALF] if settings.half else [])]
        for kind in ("low", "high"):
            own = named(getattr(chosen, kind), known)
            conditions += _numbered(kind, settings.pairs if own is None else len(own))
        for kind in ("low_group", "high_group"):
            own = named(getattr(chosen, kind), known)
            conditions += [kind] if (settings.group if own is None else own) else []
        found += [Mixture(target, condition) for condition in conditions]
    if settings.targets and settings.friends.added:
        conditions = [*before, ALONE]
        for kind in ("friendly", "unfriendly"):
            conditions += _numbered(kind, settings.friends.added)
        found += [Mixture(GROUP, condition) for condition in conditions]
    return found


def _numbered(kind: str, count: int) -> list[str]:
    return [f"{kind}{place}" for place in range(1, count + 1)]
