"""The language identifier on made-up languages, and the off-target rate."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng

from crosstalk.errors import CrosstalkError
from crosstalk.score.identifier import UNDETERMINED, Identifier, off_target

SYLLABLES = {
    "qaa_Latn": ["ka", "to", "mi", "ru"],
    "qab_Latn": ["ke", "tu", "ma", "ri"],
    "qac_Cyrl": ["ка", "то", "ми", "ру"],
}


def sentences(language: str, n: int, seed: int) -> list[str]:
    generator = default_rng(seed)
    return [
        " ".join("".join(generator.choice(SYLLABLES[language], 3)) for _ in range(generator.integers(2, 6)))
        for _ in range(n)
    ]


def corpus(n: int, seed: int = 0) -> tuple[list[str], list[str]]:
    texts = [text for language in SYLLABLES for text in sentences(language, n, seed)]
    return texts, [language for language in SYLLABLES for _ in range(n)]


@pytest.fixture(scope="module")
def identifier() -> Identifier:
    return Identifier(*corpus(200))


def test_tells_languages_apart(identifier: Identifier) -> None:
    texts, languages = corpus(50, seed=9)
    assert np.mean([a == b for a, b in zip(identifier.identify(texts), languages, strict=True)]) > 0.95
    assert identifier.accuracy > 0.95
    assert f"accuracy:{identifier.accuracy:.4f}" in identifier.signature


@pytest.fixture
def alike() -> tuple[list[str], list[str]]:
    """Sentences whose language nothing but memory can tell."""
    generator = default_rng(4)
    texts = ["".join(generator.choice(list("abcdefghijklmnop  "), 40)) for _ in range(400)]
    return texts, generator.choice(["qaa_Latn", "qab_Latn"], 400).tolist()


def test_accuracy_is_held_out(alike: tuple[list[str], list[str]]) -> None:
    texts, languages = alike
    identifier = Identifier(texts, languages)
    seen = np.mean([a == b for a, b in zip(identifier.identify(texts), languages, strict=True)])
    assert identifier.accuracy < 0.65 < 0.7 < seen


def test_is_deterministic_and_draws_by_seed(alike: tuple[list[str], list[str]]) -> None:
    first = Identifier(*alike, sentences=50, seed=1).identify(alike[0])
    assert first == Identifier(*alike, sentences=50, seed=1).identify(alike[0])
    assert first != Identifier(*alike, sentences=50, seed=2).identify(alike[0])


@pytest.mark.parametrize("text", ["", "  ", "12:30", "…?!"])
def test_text_without_letters_is_undetermined(identifier: Identifier, text: str) -> None:
    assert identifier.identify([text]) == [UNDETERMINED]


def test_needs_two_languages() -> None:
    with pytest.raises(CrosstalkError, match="two languages"):
        Identifier(["ka ka"] * 20, ["qaa_Latn"] * 20)
    with pytest.raises(CrosstalkError, match="two sentences"):
        Identifier(["ka", "ке"], ["qaa_Latn", "qac_Cyrl"])


def test_off_target_by_hand(identifier: Identifier) -> None:
    hypotheses = ["катору мику", "kakato rumi", "", "руруми"]
    metric = off_target(identifier, ["qac_Cyrl"] * 4)
    assert metric.segments(hypotheses).tolist() == [[0, 1], [1, 1], [1, 1], [0, 1]]
    assert metric.point(metric.segments(hypotheses).sum(axis=0)) == 0.5
    assert metric.higher_is_better is False
