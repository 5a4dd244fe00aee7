"""The best mix as a mixed-integer linear program, which HiGHS solves and proves.

x_i says whether language i is in the mix, of m languages in all. For the mean, y_ij says whether i and j both are:
y_ij <= x_i, y_ij <= x_j and sum_j y_ij = (m - 1) x_i, which keeps the relaxation close. For the language that is worst
off, t is at most the interference of every language of the mix: t <= sum_j V_ij x_j + M_i (1 - x_i).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from crosstalk.matrix.expectation import Objective

_INFEASIBLE = 2
_SLACK = 1e-6
"""Of the largest cell: what HiGHS leaves undecided."""


class Answer(NamedTuple):
    """A mix, None if there is none or none was found in time; nothing is better than ``bound``."""

    mix: Int[np.ndarray, " size"] | None
    bound: float
    finished: bool


class Program:
    """Choose ``size`` of the languages 0, 1, ..., among them the first ``kept``.

    ``values`` [languages, languages]: what a row's language gains from a column's; -inf where they must not meet.
    """

    def __init__(self, values: Float[np.ndarray, "n n"], kept: int, size: int, objective: Objective) -> None:
        self._n, self._size, self._kept = len(values), size, kept
        allowed = np.isfinite(values) & np.isfinite(values).T & ~np.eye(self._n, dtype=bool)
        known = np.where(allowed, values, 0)
        self._unit = float(np.abs(known).max()) or 1.0
        build = self._mean if objective == "mean" else self._worst
        self._more, self._gain, self._rows, self._upper = build(known / self._unit, allowed)

    def solve(self, without: Sequence[Int[np.ndarray, " size"]], at_least: float, seconds: float) -> Answer:
        """The best mix but for some, if one has a value of ``at_least`` so much."""
        cut = np.zeros((len(without), self._n + self._more))
        for row, mix in zip(cut, without, strict=True):
            row[mix] = 1
        rows = [*self._rows, LinearConstraint(cut, -inf, self._size - 1)] if len(cut) else list(self._rows)
        if at_least > -inf:
            rows.append(LinearConstraint(self._gain[None], at_least / self._unit - _SLACK, inf))
        lower = np.zeros(len(self._gain))
        lower[: self._kept] = 1
        lower[self._n :][self._upper[self._n :] == inf] = -inf
        whole = np.arange(len(self._gain)) < self._n
        options = {"time_limit": max(seconds, 0.0), "mip_rel_gap": 0.0}
        found = milp(
            -self._gain, integrality=whole, bounds=Bounds(lower, self._upper), constraints=rows, options=options
        )
        if found.status == _INFEASIBLE:
            return Answer(None, -inf, True)
        bound = inf if found.mip_dual_bound is None else -found.mip_dual_bound * self._unit
        chosen = None if found.x is None else np.flatnonzero(found.x[: self._n] > 0.5)
        return Answer(chosen, bound, found.status == 0)

    def _mean(self, values: np.ndarray, allowed: np.ndarray) -> tuple[int, np.ndarray, list[Any], np.ndarray]:
        n, size = self._n, self._size
        first, second = np.triu_indices(n, 1)
        more = len(first)
        at, one, unit = np.arange(more), np.ones(more), sparse.eye_array(more)
        left, right = (sparse.csr_array((one, (at, side)), shape=(more, n)) for side in (first, second))
        rows = [
            LinearConstraint(sparse.hstack([-(size - 1) * sparse.eye_array(n), (left + right).T], "csr"), 0, 0),
            *(LinearConstraint(sparse.hstack([-side, unit], "csr"), -inf, 0) for side in (left, right)),
            self._count(more),
        ]
        gain = np.concatenate([np.zeros(n), (values + values.T)[first, second] / size])
        return more, gain, rows, np.concatenate([np.ones(n), allowed[first, second].astype(float)])

    def _worst(self, values: np.ndarray, allowed: np.ndarray) -> tuple[int, np.ndarray, list[Any], np.ndarray]:
        n, size = self._n, self._size
        others = np.sort(np.where(np.eye(n, dtype=bool), inf, values), axis=1)[:, : n - 1]
        lowest, highest = others[:, :size].sum(axis=1), others[:, n - size :].sum(axis=1)
        most = highest[: self._kept].min() if self._kept else highest.max()
        slack = np.maximum(most - lowest, 0)
        rows = [LinearConstraint(np.c_[np.diag(slack) - values, np.ones(n)], -inf, slack), self._count(1)]
        first, second = np.nonzero(np.triu(~allowed, 1))
        if len(first):
            at, one = np.arange(len(first)), np.ones(len(first))
            shape = len(first), n + 1
            both = sparse.csr_array((one, (at, first)), shape=shape) + sparse.csr_array(
                (one, (at, second)), shape=shape
            )
            rows.append(LinearConstraint(both, -inf, 1))
        return 1, np.r_[np.zeros(n), 1.0], rows, np.r_[np.ones(n), inf]

    def _count(self, more: int) -> LinearConstraint:
        return LinearConstraint(np.r_[np.ones(self._n), np.zeros(more)][None], self._size, self._size)
