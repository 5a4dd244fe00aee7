"""Metrics against sacreBLEU and against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sacrebleu
from hypothesis import given
from hypothesis import strategies as st

from crosstalk.errors import CrosstalkError
from crosstalk.score import metrics
from crosstalk.score.metrics import Metric, bleu, chrf, share

WORDS = st.lists(st.sampled_from(["the", "cat", "sat", "on", "a", "mat", ",", "hut", "Katze"]), max_size=9)
SENTENCES = WORDS.map(" ".join)
CORPORA = st.lists(st.tuples(SENTENCES, SENTENCES.filter(bool)), min_size=1, max_size=6)


def value(metric: Metric, hypotheses: list[str]) -> float:
    return metric.point(metric.segments(hypotheses).sum(axis=0))


def test_bleu_by_hand() -> None:
    # 6 words each: 5 of 6 words, 3 of 5 bigrams, 2 of 4 trigrams and 1 of 3 4-grams match.
    metric = bleu(["the cat sat on the mat"], "13a")
    expected = 100 * (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25
    assert value(metric, ["the cat sat on a mat"]) == pytest.approx(expected)


def test_bleu_brevity_by_hand() -> None:
    metric = bleu(["a b c d e f"], "13a")
    assert value(metric, ["a b c d"]) == pytest.approx(100 * math.exp(1 - 6 / 4))


def test_signatures_are_those_sacrebleu_prints() -> None:
    version = sacrebleu.__version__
    assert bleu(["a"], "13a").signature == f"nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:{version}"
    assert "tok:char" in bleu(["a"], "char").signature
    assert chrf(["a"]).signature == f"nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no|version:{version}"


@given(CORPORA)
def test_points_equal_sacrebleu(corpus: list[tuple[str, str]]) -> None:
    hypotheses, references = (list(side) for side in zip(*corpus, strict=True))
    assert value(bleu(references, "13a"), hypotheses) == sacrebleu.corpus_bleu(hypotheses, [references]).score
    expected = sacrebleu.corpus_chrf(hypotheses, [references], word_order=2).score
    assert value(chrf(references), hypotheses) == expected


@given(CORPORA)
def test_array_form_equals_point(corpus: list[tuple[str, str]]) -> None:
    hypotheses, references = (list(side) for side in zip(*corpus, strict=True))
    for metric in (bleu(references, "13a"), chrf(references)):
        segments = metric.segments(hypotheses)
        sums = np.stack([segments.sum(axis=0), 3 * segments[0]])
        expected = [metric.point(row) for row in sums]
        np.testing.assert_allclose(metric.corpus(sums), expected, rtol=1e-12, atol=1e-12)


def test_large_corpora_are_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    hypotheses, references = [f"a {number} b" for number in range(5)], [f"a {number} c" for number in range(5)]
    whole = chrf(references).segments(hypotheses)
    monkeypatch.setattr(metrics, "_AT_ONCE", 2)
    assert (chrf(references).segments(hypotheses) == whole).all()


def test_share() -> None:
    shouting = share("shouting", "", lambda hypotheses: [hypothesis.isupper() for hypothesis in hypotheses])
    assert value(shouting, ["A", "b", "C", "D"]) == 0.75


def test_unknown_tokenizer_is_refused() -> None:
    with pytest.raises(CrosstalkError, match=r"score\.tokenizer.*'klingon'"):
        bleu(["a"], "klingon")
