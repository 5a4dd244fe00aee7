"""MTEB's protocol: draws by hand, and the same labels as the library gives where it is installed."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from crosstalk.config.downstream import Labelled, Protocol
from crosstalk.downstream import protocol, through_mteb
from crosstalk.downstream.classification import predictions
from crosstalk.downstream.mixtures import Languages
from crosstalk.downstream.schemas import LABELLED, PREDICTIONS
from crosstalk.errors import CrosstalkError

NAMES = ["science", "sports", "travel", "health"]


def made(train: int = 120, test: int = 60, language: str = "ell_Grek") -> pa.Table:
    """Sentences whose number says their label."""
    labels = np.random.default_rng(3).integers(len(NAMES), size=train + test)
    rows = [
        {"sentence_id": f"s{n}", "language": language, "split": "train" if n < train else "test",
         "label": NAMES[label], "text": f"{label} {n}"}
        for n, label in enumerate(labels)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=LABELLED)


def embed(texts: list[str], _language: str) -> np.ndarray:
    """The label, drowned in noise."""
    found = [np.eye(8)[int(text[0])] + np.random.default_rng(int(text[2:])).normal(size=8) for text in texts]
    return np.array(found, np.float32)


def test_draws_shuffle_the_order_of_the_one_before():
    labels = list("aabbababbb")
    order = np.arange(10)
    for chosen in protocol.draws(labels, Protocol(experiments=3, samples_per_label=2, seed=5)):
        shuffled = order.copy()
        np.random.RandomState(5).shuffle(shuffled)
        order = shuffled
        expected = [[at for at in order if labels[at] == name][:2] for name in "ab"]
        assert sorted(chosen) == sorted(at for part in expected for at in part)
        assert [at for at in order if at in chosen] == chosen


def test_a_label_with_few_sentences_gives_all_of_them():
    assert sorted(next(protocol.draws(["a", "b", "b"], Protocol(samples_per_label=8)))) == [0, 1, 2]


def test_what_is_apart_is_told_apart():
    def apart(texts: list[str], _language: str) -> np.ndarray:
        return 10 * np.eye(len(NAMES))[[int(text[0]) for text in texts]]

    found = protocol.predictions("task", made(), "ell_Grek", apart, Protocol(experiments=2))
    assert (found["label"] == found["predicted"]).all()
    assert found.groupby("experiment").size().to_dict() == {0: 60, 1: 60}


def test_embeddings_without_information_are_guessed_from():
    def alike(texts: list[str], _language: str) -> np.ndarray:
        return np.random.default_rng(1).normal(size=(len(texts), 4))

    found = protocol.predictions("task", made(test=400), "ell_Grek", alike, Protocol())
    assert (found["label"] == found["predicted"]).mean() == pytest.approx(1 / len(NAMES), abs=0.05)


def test_all_trainings_and_their_languages_are_classified():
    both = pa.concat_tables([made(), made(language="nld_Latn")])
    mixtures = {
        Languages("group.alone", "alone", ("ell_Grek", "nld_Latn"), ("ell_Grek", "nld_Latn")): "a",
        Languages("nld_Latn.low1", "low1", ("nld_Latn",), ("nld_Latn", "ell_Grek")): "b",
    }
    settings = {"one": Labelled(reader="parquet", path="p", protocol=Protocol(experiments=2))}
    asked: list[str] = []

    def embedder(folder: str):
        asked.append(folder)
        return embed

    found = predictions(mixtures, embedder, {"one": both}, settings)
    assert found.schema.equals(PREDICTIONS)
    counts = found.to_pandas().groupby(["mixture", "language"]).size().to_dict()
    assert counts == {
        ("group.alone", "ell_Grek"): 120,
        ("group.alone", "nld_Latn"): 120,
        ("nld_Latn.low1", "nld_Latn"): 120,
    }
    assert asked == ["a", "b"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"split": "test"}, "no sentence of ell_Grek in split 'train'"),
        ({"split": "train"}, "no sentence of ell_Grek in split 'test'"),
        ({"label": "same"}, "the training sentences of ell_Grek have one label alone"),
    ],
)
def test_sentences_that_nothing_can_be_learnt_from_are_told(change: dict[str, str], message: str):
    table = pa.Table.from_pandas(made().to_pandas().assign(**change), schema=LABELLED, preserve_index=False)
    with pytest.raises(CrosstalkError, match=message):
        protocol.predictions("task", table, "ell_Grek", embed, Protocol())


@pytest.mark.parametrize("settings", [Protocol(), Protocol(experiments=4, samples_per_label=16, seed=7)])
def test_mteb_itself_gives_the_same_labels(settings: Protocol):
    if find_spec("mteb") is None:
        pytest.skip("mteb is not installed: make mteb")
    ours, theirs = (
        classify("made", made(), "ell_Grek", embed, settings)
        for classify in (protocol.predictions, through_mteb.predictions)
    )
    pd.testing.assert_frame_equal(ours, theirs)
    assert 1.2 / len(NAMES) < (ours["label"] == ours["predicted"]).mean() < 1


def test_mteb_tells_what_it_lacks():
    if find_spec("mteb") is None:
        with pytest.raises(CrosstalkError, match="add it by: make mteb"):
            through_mteb.load(Labelled(reader="mteb", task="MassiveIntentClassification"), {"ell_Grek": "el"})
        return
    with pytest.raises(CrosstalkError, match="has no task 'MassiveIntnt'"):
        through_mteb.load(Labelled(reader="mteb", task="MassiveIntnt"), {"ell_Grek": "el"})
    with pytest.raises(CrosstalkError, match="is no classification task"):
        through_mteb.load(Labelled(reader="mteb", task="STS12"), {"eng_Latn": "en"})
    with pytest.raises(CrosstalkError, match="data of mteb's MassiveIntentClassification cannot be had"):
        through_mteb.load(Labelled(reader="mteb", task="MassiveIntentClassification"), {"ell_Grek": "el"})
