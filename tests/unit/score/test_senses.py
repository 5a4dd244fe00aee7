"""Accuracy on words that only the image resolves."""

from __future__ import annotations

import pyarrow as pa
import pytest

from crosstalk.artefacts import SENSES
from crosstalk.score.senses import read_senses, sense_metrics

TABLE = pa.Table.from_pylist(
    [{"sentence_id": name, "language": "qaa_Latn", "right": ["bat", "bats"], "wrong": ["club"]} for name in "abcde"],
    schema=SENSES,
)


def test_accuracy_and_share_decided_by_hand():
    keys = [(name, "qaa_Latn") for name in "abcdex"]
    accuracy, decided = sense_metrics(read_senses(TABLE), keys)
    # Right; wrong; both; neither; right; no ambiguous word at all.
    texts = ["a bat", "a club", "bat club", "a thing", "two bats", "club"]
    assert accuracy.point(accuracy.segments(texts).sum(0)) == pytest.approx(2 / 3)
    assert decided.point(decided.segments(texts).sum(0)) == pytest.approx(3 / 5)


def test_a_part_of_a_word_is_no_sense():
    accuracy, decided = sense_metrics(read_senses(TABLE), [("a", "qaa_Latn")])
    assert decided.segments(["acrobat clubs"]).tolist() == [[0.0, 1.0]]
    assert accuracy.segments(["acrobat clubs"]).tolist() == [[0.0, 0.0]]


def test_without_ambiguous_words_there_is_nothing_to_measure():
    assert sense_metrics(read_senses(TABLE), [("a", "qbb_Grek")]) == []
    assert sense_metrics({}, [("a", "qaa_Latn")]) == []
