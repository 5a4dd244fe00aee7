"""The best mixes: all of them compared when they are few, else found by exchanges and proven by an integer program."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice
from math import comb, inf

import numpy as np
from jaxtyping import Float, Int

from crosstalk.matrix.expectation import Mixes, Objective, suffered, summary
from crosstalk.matrix.program import Program
from crosstalk.tokens.batches import generator

EXACT = 300_000
"""Mixes that are all compared."""
_CHUNK = 20_000
_CELLS = 1e8
"""Cells that exchanges read, more or less: a second or two."""
_STARTS = (4, 64)
"""Random mixes that exchanges start from: fewest and most."""
Best = Int[np.ndarray, "best size"]


@dataclass(frozen=True)
class Ranked:
    """Mixes, best first, the languages to keep in front of the others; ``values`` are what they are ranked by.

    The first ``proven`` of them are the best there are; no other mix is better than ``bound`` (inf when that was not
    found out). There were ``considered`` mixes to choose from.
    """

    mixes: Mixes
    values: Float[np.ndarray, " mixes"]
    proven: int
    bound: float
    considered: int


@dataclass(frozen=True)
class Task:
    """Add ``add`` of the ``candidates`` to the languages to ``keep``.

    A row's sum of ``values`` over a mix is the language's expected interference; -inf where two must not meet.
    """

    values: Float[np.ndarray, "languages languages"]
    keep: Int[np.ndarray, " kept"]
    candidates: Int[np.ndarray, " candidates"]
    add: int
    objective: Objective

    def best(self, mixes: Mixes, top: int) -> tuple[Best, Float[np.ndarray, " best"]]:
        """The ``top`` best of different ``mixes`` that are possible, and their values; equals by their mean."""
        each = suffered(self.values, mixes)
        found = summary(each, self.objective)
        order = np.lexsort((-each.mean(axis=1), -found))[:top]
        order = order[np.isfinite(found[order])]
        return mixes[order], found[order]

    def whole(self, added: Int[np.ndarray, "mixes add"]) -> Mixes:
        """Mixes from what is added to the languages to keep."""
        kept = np.broadcast_to(self.keep, (len(added), len(self.keep)))
        return np.concatenate([kept, np.sort(added, axis=1)], axis=1)


def search(task: Task, top: int, seconds: float, seed: int = 0) -> Ranked:
    """The ``top`` best mixes. After ``seconds`` no further proof is tried, so a slower machine may prove less, and miss
    a mix that only a proof finds.
    """
    end = time.monotonic() + seconds
    considered = comb(len(task.candidates), task.add)
    if considered <= EXACT:
        mixes, values = _compared(task, top)
        return Ranked(mixes, values, len(mixes), -inf, considered)
    nothing = task.whole(np.empty((0, task.add), int))
    return _proven(task, np.concatenate([nothing, *_exchanged(task, top, seed)]), top, end, considered)


def _compared(task: Task, top: int) -> tuple[Best, Float[np.ndarray, " best"]]:
    every, found = combinations(np.sort(task.candidates).tolist(), task.add), task.whole(np.empty((0, task.add), int))
    while block := list(islice(every, _CHUNK)):
        found = task.best(np.concatenate([found, task.whole(np.array(block, int))]), top)[0]
    return task.best(found, top)


def _exchanged(task: Task, top: int, seed: int) -> Iterator[Mixes]:
    """From random mixes, exchange one language as long as that helps: the best mixes on the way."""
    spare = len(task.candidates) - task.add
    size = len(task.keep) + task.add
    fewest, most = _STARTS
    starts = int(np.clip(_CELLS / ((task.add * size) ** 2 * (spare + 1)), fewest, most))
    random = generator(seed, "advice")
    for _ in range(starts):
        added, value = random.choice(task.candidates, task.add, replace=False), -inf
        while True:
            mixes, values = task.best(task.whole(_neighbours(added, task.candidates)), top)
            if not len(values) or values[0] <= value:
                break
            yield mixes
            added, value = mixes[0, len(task.keep) :], values[0]


def _neighbours(added: Int[np.ndarray, " add"], candidates: Int[np.ndarray, " candidates"]) -> Int[np.ndarray, "n add"]:
    """The same with one language exchanged for one that is not there, in every way, and as it is."""
    others = np.setdiff1d(candidates, added)
    found = np.tile(added, (len(added) * len(others) + 1, 1))
    found[np.arange(len(found) - 1), np.repeat(np.arange(len(added)), len(others))] = np.tile(others, len(added))
    return found


def _proven(task: Task, mixes: Mixes, top: int, end: float, considered: int) -> Ranked:
    """Ask an integer program for the best mix, for the best of the others, and so on, until the time is up."""
    chosen = np.concatenate([task.keep, np.sort(task.candidates)])
    program = Program(task.values[np.ix_(chosen, chosen)], len(task.keep), mixes.shape[1], task.objective)
    mixes, rank, bound = np.unique(mixes, axis=0), 0, inf
    while rank < top and (left := end - time.monotonic()) > 0:
        mixes, values = task.best(mixes, top)
        before = [np.flatnonzero(np.isin(chosen, mix)) for mix in mixes[:rank]]
        answer = program.solve(before, values[rank] if rank < len(values) else -inf, left)
        bound = min(bound, answer.bound)
        if answer.mix is not None:
            better = task.whole(np.setdiff1d(chosen[answer.mix], task.keep)[None])
            mixes = np.unique(np.concatenate([mixes, better]), axis=0)
        if not answer.finished or (answer.mix is None and rank >= len(values)):
            break
        rank += 1
    mixes, values = task.best(mixes, top)
    return Ranked(mixes, values, min(rank, len(values)), bound, considered)
