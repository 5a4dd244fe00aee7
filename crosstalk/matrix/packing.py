"""Sentences of several runs as one batch without padding, and the indices that attention needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor

from crosstalk.tokens.vocabulary import BOS, PAD


class Sentences(NamedTuple):
    """Sentences one after the other: ``ids`` [tokens] with masks in place, ``lengths`` [sentences], the flat
    ``positions`` that are scored, in order, and the ``labels`` that stood there."""

    ids: NDArray[np.int64]
    lengths: NDArray[np.int64]
    positions: NDArray[np.int64]
    labels: NDArray[np.int64]


class Padded(NamedTuple):
    """Rows by sentence, filled up to a common length within a group of sentences of similar length.

    ``slots``: the row that stands at each place, groups one after the other; ``back``: each row's place.
    """

    slots: Int[Tensor, " places"]
    back: Int[Tensor, " rows"]
    shapes: tuple[tuple[int, int], ...]
    """Sentences and longest sentence of each group."""

    def split(self, places: Tensor) -> list[Tensor]:
        """[places, width] -> [sentences, longest, width] for each group."""
        parts = places.split([count * longest for count, longest in self.shapes])
        return [part.unflatten(0, shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def spread(self, rows: Tensor) -> Tensor:
        """[runs, rows, width] -> [places, width]."""
        return rows.flatten(0, 1).index_select(0, self.slots)

    def gather(self, places: Tensor) -> Tensor:
        """[places, width] -> [runs x rows, width]."""
        return places.index_select(0, self.back)

    def collect(self, groups: Sequence[Sequence[Tensor]]) -> Tensor:
        """Gradients of ``spread``: parts [sentences, longest, heads, width / heads] of each group, side by side, to
        [runs x rows, width]. Those at places that only fill up are zero, so that it is a selection too."""
        return self.gather(torch.cat([torch.cat(list(parts), 2).flatten(0, 1).flatten(1) for parts in groups]))

    def scatter(self, rows: Tensor) -> Tensor:
        """Gradients of ``gather``: rows share no place, but for those that no sentence holds, whose are zero."""
        places = rows.new_zeros(len(self.slots), rows.shape[-1])
        return places.index_copy_(0, self.back, rows.flatten(0, 1))


class Packed(NamedTuple):
    """A batch; runs with fewer tokens are filled up with tokens that no sentence holds."""

    ids: Int[Tensor, "runs tokens"]
    positions: Int[Tensor, "runs tokens"]
    """Row of the position table."""
    scored: Int[Tensor, "runs scored"]
    """Number of each scored token among the tokens of all runs."""
    labels: Int[Tensor, "runs scored"]
    counts: tuple[int, ...]
    """Scored tokens of each run."""
    tokens: Padded
    queries: Padded
    """The scored tokens."""
    absent: tuple[Float[Tensor, "sentences 1 1 longest"], ...]
    """-inf where a group's row is filled up, else 0."""


def pack(runs: Sequence[Sequence[Sentences]], device: torch.device | str, groups: int = 1) -> Packed:
    """Lay out what each run sees, its parts one after the other; ``groups``: of sentences of similar length."""
    ids = [np.concatenate([part.ids for part in parts]) for parts in runs]
    labels = [np.concatenate([part.labels for part in parts]) for parts in runs]
    total, most = max(map(len, ids)), max(map(len, labels))
    lengths, starts, scored = [], [], []
    for run, parts in enumerate(runs):
        of_run = np.concatenate([part.lengths for part in parts])
        lengths.append(of_run)
        starts.append(run * total + np.cumsum(of_run) - of_run)
        before = np.cumsum([0, *(len(part.ids) for part in parts[:-1])]) + run * total
        scored.append(np.concatenate([part.positions + at for part, at in zip(parts, before, strict=True)]))
    length, start = np.concatenate(lengths), np.concatenate(starts)
    sentence = np.repeat(np.arange(len(length)), length)
    within = np.arange(len(sentence)) - np.repeat(np.cumsum(length) - length, length)
    positions = np.full(len(runs) * total, PAD + 1)
    positions[start[sentence] + within] = within + PAD + 1

    order = np.array_split(np.argsort(-length, kind="stable"), groups)
    tokens = _padded(start, length, order, len(runs) * total)
    flat = np.concatenate(scored)
    counts = np.bincount(np.searchsorted(start, flat, side="right") - 1, minlength=len(length))
    run_of = np.repeat(np.arange(len(runs)), [len(each) for each in lengths])
    skipped = np.array([most * run - sum(map(len, labels[:run])) for run in range(len(runs))])
    queries = _padded(np.cumsum(counts) - counts + skipped[run_of], counts, order, len(runs) * most)
    absent = [
        np.where(np.arange(longest) < length[group][:, None], 0, -np.inf).astype(np.float32)
        for group, (_, longest) in zip(order, tokens[2], strict=True)
    ]

    def stacked(rows: Sequence[NDArray[np.int64]], columns: int, fill: Sequence[int]) -> Tensor:
        table = np.repeat(np.array(fill, np.int64)[:, None], columns, 1)
        for run, row in enumerate(rows):
            table[run, : len(row)] = row
        return torch.from_numpy(table).to(device)

    def moved(slots: NDArray[np.int64], back: NDArray[np.int64], shapes: tuple[tuple[int, int], ...]) -> Padded:
        return Padded(torch.from_numpy(slots).to(device), torch.from_numpy(back).to(device), shapes)

    return Packed(
        ids=stacked(ids, total, [BOS] * len(runs)),
        positions=torch.from_numpy(positions.reshape(len(runs), total)).to(device),
        scored=stacked(scored, most, [run * total for run in range(len(runs))]),
        labels=stacked(labels, most, [0] * len(runs)),
        counts=tuple(map(len, labels)),
        tokens=moved(*tokens),
        queries=moved(*queries),
        absent=tuple(torch.from_numpy(each)[:, None, None].to(device) for each in absent),
    )


def _padded(
    start: NDArray[np.int64], length: NDArray[np.int64], groups: Sequence[NDArray[np.int64]], rows: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[tuple[int, int], ...]]:
    """Sentence i holds the rows ``start[i]`` to ``start[i] + length[i]``; see Padded.

    Rows that no sentence holds get a place that none reads: one more column is made for them.
    """
    spare = int(length.sum() < rows)
    slots, shapes, place, before = [], [], np.empty(len(length), np.int64), 0
    for group in groups:
        longest = max(int(length[group].max()), 1) + spare
        columns = np.minimum(np.arange(longest), np.maximum(length[group] - 1, 0)[:, None])
        slots.append(np.minimum(start[group][:, None] + columns, rows - 1).reshape(-1))
        shapes.append((len(group), longest))
        place[group] = before + np.arange(len(group)) * longest
        before += len(slots[-1])
    back = np.full(rows, shapes[0][1] - 1)
    sentence = np.repeat(np.arange(len(length)), length)
    within = np.arange(len(sentence)) - np.repeat(np.cumsum(length) - length, length)
    back[start[sentence] + within] = place[sentence] + within
    return np.concatenate(slots), back, tuple(shapes)
