"""Partners of target languages, chosen from the measured matrix (Matrix §5.3, §5.4)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from crosstalk.config.downstream import Downstream
from crosstalk.downstream.mixtures import Mixture, mixtures, named
from crosstalk.downstream.schemas import GROUP, PARTNERS
from crosstalk.errors import CrosstalkError

_FROM_THE_TOP = {"low": True, "high": False, "friendly": True, "unfriendly": False}
"""Interference below zero harms: low-interference partners have the largest cells."""


def choose(cells: pd.DataFrame, settings: Downstream, known: Collection[str]) -> pa.Table:
    """PARTNERS of every training from the matrix's cells (INTERFERENCE), among the languages ``known``.

    Chosen are the partners that harm a target least and most (Matrix §5.3); the group whose members harm each other
    least, found greedily, and what harms it least and most when it is added (Matrix §5.4). Between equals the alphabet
    decides. Raises CrosstalkError when the matrix has too few cells for that.
    """
    usable = cells[cells["interference"].notna() & (settings.predicted | cells["measured"])]
    usable = usable[usable["language"].isin(known) & usable["added_language"].isin(known)]
    choice = _Choice(usable, settings, known)
    rows = [row for mixture in mixtures(settings, known) for row in choice.rows(mixture)]
    return pa.Table.from_pylist(rows, schema=PARTNERS)


class _Choice:
    def __init__(self, cells: pd.DataFrame, settings: Downstream, known: Collection[str]) -> None:
        self._cells = cells.set_index(["language", "added_language"]).sort_index()
        self._value = {
            (str(language), str(added)): float(value)
            for language, added, value in zip(
                cells["language"], cells["added_language"], cells["interference"], strict=True
            )
        }
        self._settings, self._known = settings, known

    def rows(self, mixture: Mixture) -> list[dict[str, Any]]:
        """Rows of a training, targets first."""
        shared = {"mixture": mixture.name, "target": mixture.target, "condition": mixture.condition}
        if mixture.target == GROUP:
            members, chosen = self._friends()
            found = [self._row(code, [(code, other) for other in members if other != code]) for code in members]
            found = [row | {"role": "target", "chosen": chosen} for row in found]
        else:
            members = [mixture.target]
            found = [{"language": mixture.target, "role": "target", "chosen": "named"}]
        partners, chosen = self._partners(mixture, members)
        for code in partners:
            found.append(self._row(code, [(one, code) for one in members]) | {"role": "partner", "chosen": chosen})
        return [shared | row for row in found]

    def _partners(self, mixture: Mixture, members: Sequence[str]) -> tuple[list[str], str]:
        """Languages that are added, and who chose them."""
        kind, place = mixture.kind
        settings = self._settings
        if mixture.target == GROUP:
            partners = self._extremes(members, kind, settings.friends.added) if place else []
            return partners[place - 1 : place], "matrix"
        side = kind.removesuffix("_group")
        if side not in _FROM_THE_TOP:
            return [], ""
        own = named(getattr(settings.targets[mixture.target], kind), self._known)
        count = settings.group if kind.endswith("_group") else settings.pairs
        partners = self._extremes(members, side, count) if own is None else own
        return partners[place - 1 : place] if place else partners, "matrix" if own is None else "named"

    def _friends(self) -> tuple[list[str], str]:
        """The group that others are added to, and who chose it."""
        settings = self._settings.friends
        if settings.languages is not None:
            return list(settings.languages), "named"
        names = sorted(
            {code for pair in self._value for code in pair if settings.among is None or code in settings.among}
        )
        if len(names) < settings.size:
            raise CrosstalkError(
                f"downstream.friends: {len(names)} languages to choose from have cells in the matrix; expected "
                f"{settings.size} or more"
            )
        group = list(max(combinations(names, 2), key=lambda pair: self._both(*pair)))
        while len(group) < settings.size:
            others = [code for code in names if code not in group]
            group.append(max(others, key=lambda code: sum(self._both(code, each) for each in group)))
        return group, "matrix"

    def _both(self, first: str, second: str) -> float:
        """What two languages do to each other; a pair without cells is never the best."""
        return sum(self._value.get(pair, -np.inf) for pair in ((first, second), (second, first)))

    def _extremes(self, members: Sequence[str], kind: str, count: int) -> list[str]:
        """``count`` languages that harm the members least, or most, on average; they have a cell with each of them."""
        others = sorted({added for language, added in self._value if language in members} - set(members))
        means = {
            code: float(np.mean([self._value[one, code] for one in members]))
            for code in others
            if all((one, code) in self._value for one in members)
        }
        if len(means) < 2 * count:
            measured = "" if self._settings.predicted else "measured "
            raise CrosstalkError(
                f"downstream: the matrix has {len(means)} {measured}partners of {', '.join(members)}; expected "
                f"{2 * count}, so that none is both low and high: name more languages, or choose fewer partners"
            )
        ranked = sorted(means, key=lambda code: (-means[code], code))
        return ranked[:count] if _FROM_THE_TOP[kind] else ranked[::-1][:count]

    def _row(self, code: str, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
        """Mean of some cells, and the interval of a single one; null where one is missing."""
        cells = self._cells.reindex(pd.MultiIndex.from_tuples(pairs, names=self._cells.index.names))
        if cells["interference"].isna().any():
            return {"language": code}
        alone = {name: float(cells[name].iloc[0]) for name in ("ci_low", "ci_high") if len(pairs) == 1}
        measured = bool(cells["measured"].astype(bool).all())
        return {"language": code, "interference": float(cells["interference"].mean()), "measured": measured, **alone}
