"""Cheap signs that translation failed: nothing said, the source said again, the same said over and over."""

from __future__ import annotations

import re

import numpy as np

from crosstalk.score.metrics import Metric, Segments, ratio, share

_LOOP = re.compile(r"(?<!\S)(\S.{0,60}?)(?: \1){3}(?!\S)|(\w{2,20}?)\2{3}")
"""Words (or, where words are not spaced, 2 to 20 characters) that stand four times in a row."""


def empty_rate() -> Metric:
    """Share of hypotheses without a visible character."""
    return share("empty_rate", "", lambda hypotheses: [not hypothesis.strip() for hypothesis in hypotheses])


def copy_rate(sources: list[str]) -> Metric:
    """Share of hypotheses equal to their source but for white space."""

    def copied(hypotheses: list[str]) -> list[bool]:
        return [hypothesis.split() == source.split() for hypothesis, source in zip(hypotheses, sources, strict=True)]

    return share("copy_rate", "", copied)


def loop_rate() -> Metric:
    """Share of hypotheses in which some words stand four times or more in a row."""

    def loops(hypotheses: list[str]) -> list[bool]:
        return [bool(_LOOP.search(" ".join(hypothesis.split()))) for hypothesis in hypotheses]

    return share("loop_rate", "", loops)


def length_ratio(references: list[str]) -> Metric:
    """Characters of all hypotheses over characters of all references; 1 is neither too short nor too long."""

    def lengths(hypotheses: list[str]) -> Segments:
        pairs = zip(hypotheses, references, strict=True)
        return np.array([(len(hypothesis), len(reference)) for hypothesis, reference in pairs], dtype=np.float64)

    return ratio("length_ratio", None, "", lengths)
