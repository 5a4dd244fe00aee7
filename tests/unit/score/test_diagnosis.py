"""Signs of failed translation, worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstalk.score.diagnosis import copy_rate, empty_rate, length_ratio, loop_rate, own_reference
from crosstalk.score.metrics import Metric


def value(metric: Metric, hypotheses: list[str]) -> float:
    return metric.point(metric.segments(hypotheses).sum(axis=0))


def test_empty_rate() -> None:
    assert value(empty_rate(), ["", " \n", "a", "b"]) == 0.5


def test_copy_rate() -> None:
    assert value(copy_rate(["a b", "c", "d e", "f"]), ["a  b ", "C", "d", "f"]) == 0.5


@pytest.mark.parametrize(
    "text",
    [
        "no no no no",
        "we go and we go and we go and we go and",
        "so: x, x, x, x, end",
        "我们我们我们我们",
        "a\nb a b a b a b",
    ],
)
def test_loops(text: str) -> None:
    assert value(loop_rate(), [text]) == 1


@pytest.mark.parametrize(
    "text", ["", "no no no", "no no yes no no", "the cat and the dog and the cow and the hen", "1000"]
)
def test_no_loops(text: str) -> None:
    assert value(loop_rate(), [text]) == 0


@given(st.lists(st.sampled_from(["ka", "to", "mi"]), min_size=1, max_size=5), st.integers(4, 6))
def test_repeated_phrases_are_loops(phrase: list[str], times: int) -> None:
    assert value(loop_rate(), [" ".join(phrase * times)]) == 1


def test_own_reference() -> None:
    """Of a direction's five sentences two are recognised; the other direction's one has none to be taken for."""
    references = ["a red dog", "the old river", "small houses", "he sees her", "blue cats run", "ein Hund"]
    directions = [("test", "qaa", "eng")] * 5 + [("test", "eng", "deu")]
    metric = own_reference(references, directions)
    assert value(metric, ["a red cow", "the river", "he sees her", "blue cats run", "", "ein Hut"]) == pytest.approx(
        2 / 6
    )
    assert value(metric, references) == pytest.approx(5 / 6)
    assert value(metric, references[1:5] + references[:1] + ["Katze"]) == 0


def test_length_ratio() -> None:
    assert value(length_ratio(["abcd", "ef"]), ["ab", "c"]) == 0.5
    assert value(length_ratio([""]), [""]) == 0
