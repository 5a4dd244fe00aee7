"""Logistic regressions on frozen sentence embeddings, as MTEB's classification tasks do (``mteb`` 2.26.24)."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from crosstalk.config.downstream import Protocol
from crosstalk.errors import CrosstalkError
from crosstalk.matrix.similarity import Embed


def draws(labels: Sequence[str], settings: Protocol) -> Iterator[list[int]]:
    """Training sentences of each experiment: the first ``samples_per_label`` of each label in a shuffled order.

    Every experiment shuffles the order of the one before with the same seed, as
    ``AbsTaskClassification._undersample_data`` does.
    """
    order = list(range(len(labels)))
    for _ in range(settings.experiments):
        np.random.RandomState(settings.seed).shuffle(order)
        taken: Counter[str] = Counter()
        chosen = []
        for at in order:
            if taken[labels[at]] < settings.samples_per_label:
                chosen.append(at)
                taken[labels[at]] += 1
        yield chosen


def classify(
    train: Float[np.ndarray, "train width"],
    labels: Sequence[str],
    test: Float[np.ndarray, "test width"],
    settings: Protocol,
) -> list[list[str]]:
    """Labels that each experiment's classifier gives the test sentences."""
    names = np.array(labels)
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the protocol ends there, converged or not
        for chosen in draws(labels, settings):
            model = LogisticRegression(max_iter=settings.max_iterations, random_state=settings.seed)
            found.append([str(label) for label in model.fit(train[chosen], names[chosen]).predict(test)])
    return found


def predictions(task: str, sentences: pa.Table, language: str, embed: Embed, settings: Protocol) -> pd.DataFrame:
    """PREDICTIONS of a language's sentences (LABELLED) by classifiers on what ``embed`` makes of them; no ``mixture``.

    Raises CrosstalkError when a split has no sentence, or the training sentences have one label alone.
    """
    train, test = halves(task, sentences, language, settings)
    vectors = [embed(part["text"].tolist(), language) for part in (train, test)]
    return table(task, language, test, classify(vectors[0], train["label"].tolist(), vectors[1], settings))


def halves(task: str, sentences: pa.Table, language: str, settings: Protocol) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sentences of a language to train on and to test."""
    rows = sentences.filter(pc.equal(sentences["language"], language)).to_pandas()
    train, test = (rows[rows["split"] == split] for split in ("train", settings.split))
    for split, part in (("train", train), (settings.split, test)):
        if part.empty:
            raise CrosstalkError(f"downstream.tasks.{task}: no sentence of {language} in split {split!r}")
    if train["label"].nunique() < 2:
        raise CrosstalkError(f"downstream.tasks.{task}: the training sentences of {language} have one label alone")
    return train, test


def table(task: str, language: str, test: pd.DataFrame, predicted: Sequence[Sequence[str]]) -> pd.DataFrame:
    """PREDICTIONS from the labels that each experiment gives, without ``mixture``."""
    told = test[["sentence_id", "label"]].assign(task=task, language=language)
    return pd.concat(
        [told.assign(experiment=number, predicted=labels) for number, labels in enumerate(predicted)], ignore_index=True
    )
