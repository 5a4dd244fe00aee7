"""Partners of target languages, chosen from the measured matrix (Matrix §5.3, §5.4)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from crosstalk.config.downstream import Downstream
from crosstalk.downstream.mixtures import GROUP, Mixture, mixtures, named
from crosstalk.downstream.schemas import PARTNERS
from crosstalk.errors import CrosstalkError

_SIGN = {"low": -1, "high": 1}
"""Low-interference partners have the largest cells: interference below zero harms."""


def choose(cells: pd.DataFrame, settings: Downstream, known: Collection[str]) -> pa.Table:
    """PARTNERS of every training from the matrix's cells (INTERFERENCE), among the languages ``known``.

    The partners that harm a target least and most (Matrix §5.3); the group whose members harm each other least, found
    greedily, and what harms it least and most when it is added (Matrix §5.4). Between equals the alphabet decides.
    Raises CrosstalkError when the matrix has too few cells for that.
    """
    usable = cells[cells["interference"].notna() & (settings.predicted | cells["measured"])]
    usable = usable[usable["language"].isin(known) & usable["added_language"].isin(known)]
    choice = _Choice(usable, settings, known)
    rows = [row for mixture in mixtures(settings, known) for row in choice.rows(mixture)]
    return pa.Table.from_pylist(rows, schema=PARTNERS)


class _Choice:
    def __init__(self, cells: pd.DataFrame, settings: Downstream, known: Collection[str]) -> None:
        self._cells = cells.set_index(["language", "added_language"]).sort_index()
        self._settings, self._known = settings, known

    def rows(self, mixture: Mixture) -> list[dict[str, Any]]:
        """Rows of a training, targets first."""
        shared = {"mixture": mixture.name, "target": mixture.target, "condition": mixture.condition}
        if mixture.target == GROUP:
            members, chosen = self.friends()
            found = [self._row([each for each in members if each != member], member, True) for member in members]
            found = [row | {"role": "target", "chosen": chosen} for row in found]
        else:
            members = [mixture.target]
            found = [{"language": mixture.target, "role": "target", "chosen": "named"}]
        partners, chosen = self.partners(mixture, members)
        found += [self._row(members, code, False) | {"role": "partner", "chosen": chosen} for code in partners]
        return [shared | row for row in found]

    def partners(self, mixture: Mixture, members: Sequence[str]) -> tuple[list[str], str]:
        """Languages that are added, and who chose them."""
        kind, place = mixture.condition.rstrip("0123456789"), mixture.condition.lstrip("abcdefghijklmnopqrstuvwxyz_")
        if kind in ("friendly", "unfriendly"):
            ranked = self._ranked(members, _SIGN["low" if kind == "friendly" else "high"])
            self._enough(members, ranked, 2 * self._settings.friends.added)
            return [ranked[int(place) - 1]], "matrix"
        if kind in ("low", "high", "low_group", "high_group"):
            own = named(getattr(self._settings.targets[mixture.target], kind), self._known)
            count = self._settings.group if kind.endswith("_group") else self._settings.pairs
            ranked = own
            if own is None:
                ranked = self._ranked(members, _SIGN[kind.removesuffix("_group")])
                self._enough(members, ranked, 2 * count)
                ranked = ranked[:count]
            found = ranked or []
            return ([found[int(place) - 1]] if place else found), "matrix" if own is None else "named"
        return [], ""

    def friends(self) -> tuple[list[str], str]:
        """The group that others are added to, and who chose it."""
        settings = self._settings.friends
        if settings.languages is not None:
            return list(settings.languages), "named"
        names = sorted({code for pair in self._cells.index for code in pair})
        if len(names) < settings.size + 2 * settings.added:
            raise CrosstalkError(
                f"downstream.friends: the matrix has cells of {len(names)} languages; expected "
                f"{settings.size + 2 * settings.added}, for a group of {settings.size} and twice {settings.added} others"
            )
        both = {frozenset(pair): self._mutual(pair) for pair in combinations(names, 2)}
        group = sorted(max(combinations(names, 2), key=lambda pair: both[frozenset(pair)]))
        while len(group) < settings.size:
            others = [code for code in names if code not in group]
            group.append(max(others, key=lambda code: sum(both[frozenset((code, each))] for each in group)))
        return group, "matrix"

    def _mutual(self, pair: tuple[str, str]) -> float:
        first, second = pair
        return (self._value(first, second) + self._value(second, first)) / 2

    def _value(self, language: str, added: str) -> float:
        key = (language, added)
        return float(self._cells.at[key, "interference"]) if key in self._cells.index else -np.inf

    def _ranked(self, members: Sequence[str], sign: int) -> list[str]:
        """Languages that have a cell in the row of every member, by what they do to them on average."""
        rows = self._cells[self._cells.index.isin(members, level="language")].reset_index()
        rows = rows[~rows["added_language"].isin(members)]
        means = rows.groupby("added_language")["interference"].agg(["mean", "size"])
        means = means[means["size"] == len(members)]["mean"]
        return sorted(map(str, means.index), key=lambda code: (sign * means[code], code))

    def _enough(self, members: Sequence[str], found: Sequence[str], count: int) -> None:
        if len(found) < count:
            measured = "" if self._settings.predicted else "measured "
            raise CrosstalkError(
                f"downstream: the matrix has {len(found)} {measured}partners of {', '.join(members)}; expected {count}, "
                "so that none is both low and high: name more languages, or choose fewer partners"
            )

    def _row(self, others: Sequence[str], code: str, suffers: bool) -> dict[str, Any]:
        """Mean of what ``code`` does to ``others``, or they to it where it ``suffers``; an interval of a single cell."""
        keys = [(code, other) if suffers else (other, code) for other in others]
        cells = self._cells.reindex(keys)
        whole = bool(cells["interference"].notna().all())
        return {
            "language": code,
            "interference": float(cells["interference"].mean()) if whole else None,
            "ci_low": float(cells["ci_low"].iloc[0]) if whole and len(keys) == 1 else None,
            "ci_high": float(cells["ci_high"].iloc[0]) if whole and len(keys) == 1 else None,
            "measured": bool(cells["measured"].astype(bool).all()) if whole else None,
        }
