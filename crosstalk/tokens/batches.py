"""Which sentences train when: a pure function of the seed and the update, so a resumed run needs no sampler state."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from crosstalk.tokens.store import TokenStore

Key = TypeVar("Key", bound=Hashable)


def generator(*names: object) -> np.random.Generator:
    """A random generator named by its arguments: the same names give the same numbers in every process."""
    digest = hashlib.blake2b("\x1f".join(map(str, names)).encode(), digest_size=16).digest()
    return np.random.default_rng(int.from_bytes(digest, "little"))


def temperature_weights(sizes: Sequence[int], temperature: float) -> NDArray[np.float64]:
    """p_i ~ n_i^(1/T), NRD §4.3: sizes [n] of the corpora -> probabilities [n]."""
    scaled = np.asarray(sizes, dtype=np.float64) ** (1.0 / temperature)
    return scaled / scaled.sum()


@dataclass(frozen=True)
class Bitext:
    """Aligned rows of two stores, longest allowed length applied."""

    source_rows: NDArray[np.int64]
    target_rows: NDArray[np.int64]
    source_lengths: NDArray[np.int64]
    target_lengths: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.source_rows)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of the longer side."""
        return np.maximum(self.source_lengths, self.target_lengths)


def align(source: TokenStore, target: TokenStore, split: str, max_length: int, extra: int = 2) -> Bitext:
    """Join two languages on their sentence ids; ``extra`` tokens (tag, end) count towards ``max_length``."""
    left, right = source.rows(split), target.rows(split)
    _, i, j = np.intersect1d(source.sentences[left], target.sentences[right], return_indices=True)
    left, right = left[i], right[j]
    left_lengths, right_lengths = source.lengths[left] + extra, target.lengths[right] + extra
    keep = (np.maximum(left_lengths, right_lengths) <= max_length) & (np.minimum(left_lengths, right_lengths) > extra)
    return Bitext(left[keep], right[keep], left_lengths[keep], right_lengths[keep])


def by_length(lengths: NDArray[np.int64], batch_tokens: int, order: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Cut rows into batches of similar length: rows of a batch x its longest length <= batch_tokens (at least one row).

    ``order`` [n] breaks ties of length, so another order gives other batches.
    """
    ranked = order[np.argsort(-lengths[order], kind="stable")]
    batches, start = [], 0
    while start < len(ranked):
        stop = start + max(1, batch_tokens // int(lengths[ranked[start]]))
        batches.append(ranked[start:stop])
        start = stop
    return batches


class BatchPlan(Generic[Key]):
    """Batches of one group (a direction or a language), groups drawn by temperature.

    Every epoch of a group shuffles its rows, cuts them by length and shuffles the batches.
    """

    def __init__(
        self,
        lengths: Mapping[Key, NDArray[np.int64]],
        *,
        updates: int,
        accumulate: int,
        batch_tokens: int,
        temperature: float,
        seed: int,
        together: Mapping[Key, Hashable] | None = None,
        shares: Mapping[Key, float] | None = None,
    ) -> None:
        """``lengths``: tokens of each row of each group. ``together``: groups with the same value share an update.
        ``shares``: how often each group is drawn, in place of what ``temperature`` makes of its size."""
        self._lengths = dict(lengths)
        self._keys = list(self._lengths)
        self._batch_tokens, self._seed, self.accumulate, self.updates = batch_tokens, seed, accumulate, updates
        weights = temperature_weights([len(self._lengths[key]) for key in self._keys], temperature)
        if shares is not None:
            weights = np.array([shares[key] for key in self._keys]) / sum(shares[key] for key in self._keys)
        draws = generator(seed, "schedule").choice(len(self._keys), size=(updates, accumulate), p=weights)
        if together is not None:
            draws = self._same_group(draws, weights, together)
        self._schedule = draws.reshape(-1)
        self._ordinals = np.zeros(len(self._schedule), np.int64)
        for index in range(len(self._keys)):
            mine = self._schedule == index
            self._ordinals[mine] = np.arange(mine.sum())
        self._counts: dict[int, int] = {}
        self._epochs: dict[int, tuple[int, list[NDArray[np.int64]]]] = {}

    def _same_group(
        self, draws: NDArray[np.int64], weights: NDArray[np.float64], together: Mapping[Key, Hashable]
    ) -> NDArray[np.int64]:
        rng = generator(self._seed, "together")
        result = draws.copy()
        for row, first in enumerate(draws[:, 0]):
            members = [i for i, key in enumerate(self._keys) if together[key] == together[self._keys[first]]]
            share = weights[members] / weights[members].sum()
            result[row, 1:] = rng.choice(members, size=draws.shape[1] - 1, p=share)
        return result

    def batch(self, update: int, micro: int) -> tuple[Key, NDArray[np.int64]]:
        """The group of a micro-batch and its rows, numbered within the group."""
        position = update * self.accumulate + micro
        index, ordinal = int(self._schedule[position]), int(self._ordinals[position])
        if index not in self._counts:
            # The number of batches depends on the lengths alone, not on how an epoch breaks their ties.
            lengths = self._lengths[self._keys[index]]
            self._counts[index] = len(by_length(lengths, self._batch_tokens, np.arange(len(lengths))))
        epoch, within = divmod(ordinal, self._counts[index])
        if self._epochs.get(index, (-1, []))[0] != epoch:
            self._epochs[index] = (epoch, self._shuffled(index, epoch))
        return self._keys[index], self._epochs[index][1][within]

    def _shuffled(self, index: int, epoch: int) -> list[NDArray[np.int64]]:
        key = self._keys[index]
        rng = generator(self._seed, "epoch", key, epoch)
        order = rng.permutation(len(self._lengths[key]))
        batches = by_length(self._lengths[key], self._batch_tokens, order)
        return [batches[i] for i in rng.permutation(len(batches))]


def pad(rows: Sequence[NDArray[np.int32]], value: int) -> NDArray[np.int64]:
    """Stack rows of different lengths into [rows, longest], filled with ``value``."""
    longest = max(len(row) for row in rows)
    stacked = np.full((len(rows), longest), value, np.int64)
    for i, row in enumerate(rows):
        stacked[i, : len(row)] = row
    return stacked
