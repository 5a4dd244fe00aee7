"""Cheap signs that translation failed: nothing said, the source said again, the same said over and over."""

from __future__ import annotations

import re

import numpy as np

from crosstalk.score.metrics import Metric, Segments, Similarity, ratio, share

_LOOP = re.compile(r"(?<!\S)(\S.{0,60}?)(?: \1){3}(?!\S)|(\w{2,20}?)\2{3}")
"""Words (or, where words are not spaced, 2 to 20 characters) that stand four times in a row."""

_OTHERS = 4


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


def own_reference(references: list[str], directions: list[tuple[str, str, str]]) -> Metric:
    """Share of hypotheses closer (chrF++) to their own reference than to those of four other sentences.

    The others are the next four of the same split and direction, so 0.2 is what chance gives: a translation that has
    lost its source does no better, however fluent. Ties count as lost.
    """
    place: dict[tuple[str, str, str], list[int]] = {}
    for index, direction in enumerate(directions):
        place.setdefault(direction, []).append(index)

    def closest(hypotheses: list[str]) -> Segments:
        won = np.zeros(len(hypotheses))
        similarity = Similarity()
        for rows in place.values():
            for at, row in enumerate(rows):
                others = [references[rows[(at + shift) % len(rows)]] for shift in range(1, _OTHERS + 1)]
                own, best = similarity(hypotheses[row], [references[row]]), similarity(hypotheses[row], others)
                won[row] = own > best
        return np.stack([won, np.ones(len(won))], axis=-1)

    return ratio("own_reference", True, f"others:{_OTHERS}", closest)


def length_ratio(references: list[str]) -> Metric:
    """Characters of all hypotheses over characters of all references; 1 is neither too short nor too long."""

    def lengths(hypotheses: list[str]) -> Segments:
        pairs = zip(hypotheses, references, strict=True)
        return np.array([(len(hypothesis), len(reference)) for hypothesis, reference in pairs], dtype=np.float64)

    return ratio("length_ratio", None, "", lengths)
