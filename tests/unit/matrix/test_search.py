"""The best mixes: every way to find them finds the same."""

from __future__ import annotations

import time
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosstalk.matrix import search as searching
from crosstalk.matrix.search import Task, search

OBJECTIVES = ["worst", "mean"]


def matrix(languages: int, seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).normal(-0.03, 0.02, (languages, languages))
    np.fill_diagonal(values, 0)
    return values


def by_hand(task: Task) -> list[float]:
    """Values of all mixes, best first, with no array."""
    found = []
    for added in combinations(task.candidates.tolist(), task.add):
        mix = [*task.keep.tolist(), *added]
        each = [sum(task.values[i, j] for j in mix if j != i) for i in mix]
        found.append(min(each) if task.objective == "worst" else sum(each) / len(each))
    return sorted((value for value in found if np.isfinite(value)), reverse=True)


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    languages = draw(st.integers(4, 9))
    values = matrix(languages, draw(st.integers(0, 10**6))) * draw(st.sampled_from([1, -1]))
    order = np.random.default_rng(draw(st.integers(0, 99))).permutation(languages)
    kept = draw(st.integers(0, 2))
    candidates = order[kept : languages - draw(st.integers(0, 1))]
    add = draw(st.integers(max(1, 2 - kept), len(candidates)))
    if draw(st.booleans()):
        apart = draw(st.tuples(*(st.integers(0, languages - 1),) * 2).filter(lambda pair: pair[0] != pair[1]))
        values[apart] = -np.inf
    return Task(values, order[:kept], candidates, add, draw(st.sampled_from(OBJECTIVES)))


@settings(max_examples=60, deadline=None)
@given(tasks())
def test_comparing_all_is_right(task: Task) -> None:
    found, expected = search(task, 4, 5.0), by_hand(task)
    np.testing.assert_allclose(found.values, expected[:4], atol=1e-12)
    assert found.proven == len(found.values)
    for mix in found.mixes:
        assert mix[: len(task.keep)].tolist() == task.keep.tolist()
        assert len(set(mix.tolist())) == len(task.keep) + task.add
        assert {*mix[len(task.keep) :].tolist()} <= {*task.candidates.tolist()}


@settings(max_examples=15, deadline=None)
@given(tasks())
def test_exchanges_and_program_find_and_prove_the_same(task: Task) -> None:
    expected = by_hand(task)[:4]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching, "EXACT", 0)
        found = search(task, 4, 20.0)
    np.testing.assert_allclose(found.values, expected, atol=1e-6)
    assert found.proven == len(expected)


@settings(max_examples=15, deadline=None)
@given(tasks())
def test_the_program_alone_finds_the_same(task: Task) -> None:
    expected = by_hand(task)[:3]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching, "EXACT", 0)
        patch.setattr(searching, "_exchanged", lambda *_: [])
        found = search(task, 3, 20.0)
    np.testing.assert_allclose(found.values, expected, atol=1e-6)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_names_do_not_matter(objective) -> None:
    values, order = matrix(10, 3), np.random.default_rng(5).permutation(10)
    keep, candidates = np.array([1, 4]), np.array([0, 2, 3, 5, 6, 7, 8, 9])
    found = search(Task(values, keep, candidates, 3, objective), 5, 5.0)
    back = np.argsort(order)
    turned = search(Task(values[np.ix_(order, order)], back[keep], back[candidates], 3, objective), 5, 5.0)
    np.testing.assert_allclose(turned.values, found.values)
    assert [{*order[mix].tolist()} for mix in turned.mixes] == [{*mix.tolist()} for mix in found.mixes]


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_83_languages_take_less_than_ten_seconds(objective) -> None:
    task = Task(matrix(83, 1), np.array([0, 1]), np.arange(2, 83), 10, objective)
    began = time.monotonic()
    found = search(task, 5, 5.0)
    assert time.monotonic() - began < 10
    assert found.considered > 10**12
    assert len(found.mixes) == 5
    assert found.values[0] <= found.bound + 1e-6 or found.proven
    assert np.all(np.diff(found.values) <= 0)


def test_without_time_nothing_is_proven_and_the_seed_decides() -> None:
    task = Task(matrix(60, 2), np.array([0]), np.arange(1, 60), 8, "mean")
    found, again = search(task, 3, 0.0, 1), search(task, 3, 0.0, 1)
    assert found.proven == 0
    assert found.bound == np.inf
    assert np.array_equal(found.mixes, again.mixes)


def test_no_mix_is_possible() -> None:
    values = np.full((5, 5), -np.inf)
    np.fill_diagonal(values, 0)
    for limit in (0, searching.EXACT):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(searching, "EXACT", limit)
            found = search(Task(values, np.array([0]), np.arange(1, 5), 2, "worst"), 3, 5.0)
        assert len(found.mixes) == len(found.values) == found.proven == 0
