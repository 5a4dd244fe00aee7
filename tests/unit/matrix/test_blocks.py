"""Which runs there are: each once, and none moved by a language that is added."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from crosstalk.config.matrix import Matrix
from crosstalk.matrix.blocks import Block, Run, blocks, pairs, runs

ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def codes(count: int) -> list[str]:
    return [f"q{first}{second}_Latn" for first in ALPHABET for second in ALPHABET][:count]


LISTS = st.integers(2, 40).map(codes)
SETTINGS = st.builds(
    Matrix,
    block=st.integers(1, 12),
    budget=st.sampled_from([0.1, 0.5, 1.0]),
    exposure=st.booleans(),
    draw=st.integers(0, 9),
)


def everything(languages: list[str], settings: Matrix) -> dict[Block, list[Run]]:
    return {block: runs(block, languages, settings) for block in blocks(languages, settings)}


def test_a_block_by_hand():
    languages, settings = ["a_Latn", "b_Latn", "c_Latn", "d_Latn"], Matrix(block=2)
    assert everything(languages, settings) == {
        ("a_Latn", "00"): [("a_Latn", None, False, 1), ("a_Latn", None, True, 1)],
        ("b_Latn", "00"): [("b_Latn", None, False, 1), ("b_Latn", None, True, 1), ("b_Latn", "a_Latn", False, 1)],
        ("c_Latn", "00"): [
            ("c_Latn", None, False, 1),
            ("c_Latn", None, True, 1),
            ("c_Latn", "a_Latn", False, 1),
            ("c_Latn", "b_Latn", False, 1),
        ],
        ("d_Latn", "00"): [
            ("d_Latn", None, False, 1),
            ("d_Latn", None, True, 1),
            ("d_Latn", "a_Latn", False, 1),
            ("d_Latn", "b_Latn", False, 1),
        ],
        ("d_Latn", "01"): [("d_Latn", "c_Latn", False, 1)],
    }


def test_the_papers_matrix_has_3486_runs():
    languages = codes(83)
    found = [run for block in everything(languages, Matrix()).values() for run in block]
    assert sum(not run.half for run in found) == 3486
    assert sum(run.half for run in found) == 83


@given(LISTS, SETTINGS)
def test_every_run_is_in_one_block(languages, settings):
    found = [run for block in everything(languages, settings).values() for run in block]
    assert len(found) == len(set(found))
    assert {frozenset(run.languages) for run in found if run.partner} == {
        frozenset(pair) for pair in pairs(languages, settings)
    }
    assert {run.language for run in found if run.partner is None and not run.half} == set(languages)
    assert {run.language for run in found if run.half} == (set(languages) if settings.exposure else set())


@given(LISTS, SETTINGS)
def test_an_added_language_leaves_every_other_block_as_it_was(languages, settings):
    before, after = everything(languages[:-1], settings), everything(languages, settings)
    assert before.items() <= after.items()
    assert {block.language for block in after.keys() - before.keys()} == {languages[-1]}


def test_the_budget_is_a_share_of_the_pairs_and_asked_for_pairs_come_on_top():
    languages = codes(120)
    every = len(list(combinations(languages, 2)))
    tenth = pairs(languages, Matrix(budget=0.1))
    assert 0.08 < len(tenth) / every < 0.12
    absent = next(pair for pair in combinations(languages, 2) if pair not in tenth)
    assert set(pairs(languages, Matrix(budget=0.1, also=[absent[::-1]]))) == {*tenth, absent}
    assert set(pairs(languages, Matrix(budget=0.1, draw=2))) != set(tenth)


def test_a_larger_budget_keeps_the_pairs_of_a_smaller_one():
    languages = codes(40)
    assert set(pairs(languages, Matrix(budget=0.2))) < set(pairs(languages, Matrix(budget=0.5)))


@given(LISTS, SETTINGS)
def test_seeds_repeat_every_run(languages, settings):
    one = [run for block in everything(languages, settings).values() for run in block]
    three = settings.model_copy(update={"seeds": [1, 2, 3]})
    assert sum(map(len, everything(languages, three).values())) == 3 * len(one)
