"""Corpus metrics as sufficient statistics: add up what the segments contribute, then compute.

A bootstrap resample is then a matrix product of draw counts and statistics, not a new scoring.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float
from sacrebleu.metrics import BLEU, CHRF

from crosstalk.errors import CrosstalkError

Segments = Float[np.ndarray, "segments k"]
"""The k statistics of each segment."""
Sums = Float[np.ndarray, "*batch k"]
"""Statistics added up over segments, for the corpus or for each resample of it."""
Scores = Float[np.ndarray, "*batch"]

_AT_ONCE = 1024
"""Segments whose references' n-grams are in memory together (about 0.1 MB each)."""


@dataclass(frozen=True)
class Metric:
    """A metric of a corpus whose references (sources, targets) are already known.

    ``segments`` maps hypotheses to statistics, ``corpus`` maps sums of them to values, and ``point`` maps the sums [k]
    of the whole corpus to the value that is reported.
    """

    name: str
    higher_is_better: bool | None
    signature: str
    segments: Callable[[list[str]], Segments]
    corpus: Callable[[Sums], Scores]
    point: Callable[[Sums], float]


def bleu(references: list[str], tokenizer: str) -> Metric:
    """BLEU in per cent (sacreBLEU, case-sensitive, exponential smoothing); raises CrosstalkError when the tokenizer
    is not installed."""
    try:
        metric = BLEU(tokenize=tokenizer)
    except Exception as error:  # sacreBLEU raises whatever the tokenizer's package or download does
        reason = " ".join(str(error).split())
        raise CrosstalkError(f"score.tokenizer: sacreBLEU could not load {tokenizer!r} ({reason})") from error
    return _sacrebleu("BLEU", metric, references, _bleu)


def chrf(references: list[str]) -> Metric:
    """chrF++ in per cent: character 6-grams and word 2-grams (sacreBLEU)."""
    return _sacrebleu("chrF++", CHRF(word_order=2), references, _chrf)


class Similarity:
    """Highest chrF++ of a sentence with some others, in per cent; n-grams of those met last are remembered."""

    def __init__(self) -> None:
        self._metric = CHRF(word_order=2)
        self._grams = lru_cache(maxsize=64)(lambda text: self._metric._extract_reference_info([text])["ref_ngrams"][0])

    def __call__(self, sentence: str, others: Sequence[str]) -> float:
        grams = {"ref_ngrams": [self._grams(other) for other in others]}
        best = self._metric._compute_segment_statistics(sentence, grams)
        return float(self._metric._compute_score_from_stats(best).score)


def _sacrebleu(name: str, metric: BLEU | CHRF, references: list[str], corpus: Callable[[Sums], Scores]) -> Metric:
    known: dict[tuple[str, str], list[float]] = {}

    def segments(hypotheses: list[str]) -> Segments:
        pairs = list(zip(hypotheses, references, strict=True))
        new = [pair for pair in dict.fromkeys(pairs) if pair not in known]  # systems agree on many sentences
        for start in range(0, len(new), _AT_ONCE):
            part = new[start : start + _AT_ONCE]
            texts, told = (list(side) for side in zip(*part, strict=True))
            known.update(zip(part, metric._extract_corpus_statistics(texts, [told]), strict=True))
        return np.array([known[pair] for pair in pairs], dtype=np.float64)

    metric.num_refs = 1
    return Metric(
        name=name,
        higher_is_better=True,
        signature=str(metric.get_signature()),
        segments=segments,
        corpus=corpus,
        point=lambda sums: float(metric._compute_score_from_stats([int(value) for value in sums]).score),
    )


def _bleu(sums: Float[np.ndarray, "*batch 10"]) -> Scores:
    """BLEU of sums: hypothesis length, reference length, 4 matched and 4 total n-gram counts."""
    length, reference = sums[..., 0], sums[..., 1]
    matched, total = sums[..., 2:6], sums[..., 6:10]
    with np.errstate(divide="ignore", invalid="ignore"):
        brevity = np.where(length < reference, np.exp(1 - reference / length), 1.0)
        smoothing = 2.0 ** np.cumsum(matched == 0, axis=-1)
        precision = 100 * np.where(matched == 0, 1 / smoothing, matched) / total
        value = brevity * np.exp(np.log(precision).mean(axis=-1))
    return np.where(matched.any(axis=-1) & total.all(axis=-1), value, 0.0)


def _chrf(sums: Float[np.ndarray, "*batch 24"], beta: float = 2.0) -> Scores:
    """chrF++ of sums: hypothesis, reference and matched counts of each of 8 orders."""
    hypothesis, reference, matched = sums[..., 0::3], sums[..., 1::3], sums[..., 2::3]
    counted = (hypothesis > 0) & (reference > 0)
    orders = np.maximum(counted.sum(axis=-1), 1)
    precision = np.divide(matched, hypothesis, out=np.zeros_like(matched), where=counted).sum(axis=-1) / orders
    recall = np.divide(matched, reference, out=np.zeros_like(matched), where=counted).sum(axis=-1) / orders
    denominator = beta**2 * precision + recall
    value = np.divide(precision * recall, denominator, out=np.zeros_like(precision), where=denominator > 0)
    return 100 * (1 + beta**2) * value


def ratio(
    name: str, higher_is_better: bool | None, signature: str, segments: Callable[[list[str]], Segments]
) -> Metric:
    """The sum of the first statistic over the sum of the second, which counts as 1 where it is 0."""

    def corpus(sums: Sums) -> Scores:
        return sums[..., 0] / np.where(sums[..., 1] == 0, 1, sums[..., 1])

    return Metric(name, higher_is_better, signature, segments, corpus, lambda sums: float(corpus(sums[None])[0]))


def share(name: str, signature: str, holds: Callable[[list[str]], list[bool]]) -> Metric:
    """The share of hypotheses for which something undesired holds (0 to 1)."""

    def segments(hypotheses: list[str]) -> Segments:
        return np.stack([np.array(holds(hypotheses), dtype=np.float64), np.ones(len(hypotheses))], axis=-1)

    return ratio(name, False, signature, segments)
