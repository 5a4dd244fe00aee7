"""What runs see: shared by runs of a language, spread evenly over its sentences, the same for {a, b} and {b, a}."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from crosstalk.config.matrix import MatrixTraining
from crosstalk.errors import CrosstalkError
from crosstalk.matrix.blocks import Run
from crosstalk.matrix.packing import Sentences
from crosstalk.matrix.streams import Streams
from crosstalk.tokens.vocabulary import BOS, EOS

TRAINING = MatrixTraining(sentences=8, max_length=9, mask=0.3)
ALONE, HALF = Run("qaa_Latn", None, False, 1), Run("qaa_Latn", None, True, 1)
PAIR, TURNED = Run("qaa_Latn", "eng_Latn", False, 1), Run("eng_Latn", "qaa_Latn", False, 1)


@pytest.fixture
def streams(small) -> Streams:
    return Streams(small.stores, small.vocabulary, TRAINING)


def same(first: Sentences, second: Sentences) -> bool:
    return all(np.array_equal(ours, theirs) for ours, theirs in zip(first, second, strict=True))


def unmasked(part: Sentences) -> list[tuple[int, ...]]:
    ids = part.ids.copy()
    ids[part.positions] = part.labels
    return [tuple(row) for row in np.split(ids, np.cumsum(part.lengths)[:-1])]


def test_runs_of_a_language_share_sentences_and_masks(small, streams) -> None:
    for update in (0, 7):
        first, second = streams.batch(ALONE, update)
        (half,) = streams.batch(HALF, update)
        english, pair = streams.batch(PAIR, update)
        assert same(first, half)
        assert same(first, pair)
        assert not same(first, second)
        assert not same(pair, english)
        again = Streams(small.stores, small.vocabulary, TRAINING).batch(PAIR, update)
        assert all(map(same, streams.batch(TURNED, update), again))
        assert [len(part.lengths) for part in (first, second, english)] == [4, 4, 4]
    (half,) = streams.batch(HALF, 3)
    assert not same(half, streams.batch(HALF._replace(seed=2), 3)[0])
    assert not same(half, streams.batch(HALF, 4)[0])


def test_an_epoch_shows_every_sentence_once(small, streams) -> None:
    store = small.stores["qaa_Latn"]
    rows = store.rows("train")
    wanted = Counter((BOS, *store[row][:7].tolist(), EOS) for row in rows)
    updates = len(rows) // 4
    for epoch in range(2):
        seen = Counter()
        for update in range(epoch * updates, (epoch + 1) * updates):
            seen.update(unmasked(*streams.batch(HALF, update)))
        assert seen == wanted


def test_long_sentences_are_cut_and_a_share_is_scored(small, streams) -> None:
    (part,) = streams.batch(Run("eng_Latn", None, True, 1), 0)
    assert part.lengths.max() == 9
    assert len(part.ids) == part.lengths.sum()
    assert len(part.labels) == round(0.3 * (part.lengths - 2).sum())
    assert all(row[0] == BOS and row[-1] == EOS for row in unmasked(part))


def test_a_language_without_training_sentences_is_named(small, streams) -> None:
    silent = small.stores["eng_Latn"].__class__(**{
        **vars(small.stores["eng_Latn"]), "names": ("dev", "test", "other"),
    })  # fmt: skip
    streams = Streams({**small.stores, "eng_Latn": silent}, small.vocabulary, TRAINING)
    streams.check(ALONE)
    with pytest.raises(CrosstalkError, match=r"^eng_Latn: no sentence to train on.*'train'"):
        streams.check(PAIR)
    with pytest.raises(CrosstalkError, match=r"^deu_Latn: "):
        streams.check(Run("deu_Latn", None, False, 1))
