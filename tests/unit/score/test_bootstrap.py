"""The bootstrap's draws, intervals and p-values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU
from sacrebleu.significance import _bootstrap_resample, estimate_ci

from crosstalk.score.bootstrap import draw_counts, interval, p_value
from crosstalk.score.metrics import bleu


@settings(max_examples=20)
@given(st.lists(st.text(max_size=3), min_size=1, max_size=8, unique=True), st.integers(0, 5))
def test_every_resample_draws_n_sentences(ids: list[str], seed: int) -> None:
    counts = draw_counts(ids, 100, seed)
    assert counts.shape == (100, len(ids))
    assert (counts.sum(axis=1) == len(ids)).all()
    assert (counts == draw_counts(ids, 100, seed)).all()


def test_draws_depend_on_seed_and_ids() -> None:
    first = draw_counts("abcdef", 100, seed=1)
    assert (first != draw_counts("abcdef", 100, seed=2)).any()
    assert (first != draw_counts("abcdeg", 100, seed=1)).any()


def test_each_sentence_is_drawn_equally_often() -> None:
    counts = draw_counts("abcde", 4000, seed=1)
    np.testing.assert_allclose(counts.mean(axis=0), 1, atol=0.06)
    # Binomial(5, 1/5) has variance 5 * 1/5 * 4/5.
    np.testing.assert_allclose(counts.var(axis=0), 0.8, atol=0.08)


def test_interval_by_hand() -> None:
    assert interval(np.arange(101.0), 0.9) == pytest.approx((5, 95))


def test_interval_is_close_to_sacrebleus() -> None:
    generator = np.random.default_rng(3)
    words = np.array(["the", "cat", "sat", "on", "a", "mat", "and", "saw", "two", "small", "dogs", "run"])
    references = [" ".join(generator.choice(words, 9)) for _ in range(120)]
    noisy = [[word if generator.random() < 0.8 else "x" for word in line.split()] for line in references]
    hypotheses = [" ".join(line) for line in noisy]

    metric = bleu(references, "13a")
    segments = metric.segments(hypotheses)
    low, high = interval(metric.corpus(draw_counts(map(str, range(120)), 1000, seed=1) @ segments), 0.95)

    theirs = BLEU()
    statistics = theirs._extract_corpus_statistics(hypotheses, [references])
    _, scores = _bootstrap_resample(statistics, theirs, 1000)
    mean, half = estimate_ci(np.array([score.score for score in scores]))
    assert (low, high) == pytest.approx((mean - half, mean + half), abs=half / 5)


def test_p_value_by_hand() -> None:
    # Centred on 2, the draws are -2, -1, 0, 1 and 3: two of five are 2 or more away from 0.
    assert p_value(2.0, np.array([0.0, 1.0, 2.0, 3.0, 5.0])) == pytest.approx((1 + 2) / (1 + 5))


def test_p_value_bounds() -> None:
    assert p_value(0.0, np.zeros(99)) == 1
    assert p_value(10.0, np.full(99, 10.0)) == pytest.approx(1 / 100)
