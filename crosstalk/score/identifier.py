"""Which language is this? A character n-gram classifier over the languages of one benchmark.

It is trained where it is used, in seconds, so that nothing has to be stored or unpickled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sklearn
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from crosstalk.config.nrd import Score
from crosstalk.errors import CrosstalkError
from crosstalk.score.metrics import Metric, share

UNDETERMINED = "und"
"""ISO 639 code given to text without a letter."""

_HELD_OUT = 0.1
_AT_ONCE = 8192
"""Texts whose features are in memory together."""


class Identifier:
    """A language identifier: naive Bayes over hashed character 1- to 4-grams of words.

    ``accuracy`` is its share of right answers on a tenth of the sentences, held out from training.
    """

    def __init__(self, texts: Sequence[str], languages: Sequence[str], sentences: int = 2000, seed: int = 1) -> None:
        """Train on at most ``sentences`` of each language, drawn with ``seed``.

        Raises CrosstalkError when fewer than two languages have two sentences each.
        """
        grams = HashingVectorizer(
            analyzer="char_wb", ngram_range=(1, 4), n_features=2**16, alternate_sign=False, norm=None
        )
        self._classifier = make_pipeline(grams, MultinomialNB(alpha=0.1, fit_prior=False))
        train, held_out = _split(np.asarray(languages), sentences, seed)
        labels = [languages[row] for row in train]
        if len(set(labels)) < 2 or not held_out:
            raise CrosstalkError("language identifier: expected two sentences or more in each of two languages")
        self._classifier.fit([texts[row] for row in train], labels)
        answers = self.identify([texts[row] for row in held_out])
        right = [answer == languages[row] for answer, row in zip(answers, held_out, strict=True)]
        self.accuracy = sum(right) / len(right)
        self.languages: list[str] = [str(language) for language in self._classifier.classes_]

    @property
    def signature(self) -> str:
        """What identifies and how well, for score rows."""
        return (
            f"identifier:char_wb1-4+nb|languages:{len(self.languages)}|accuracy:{self.accuracy:.4f}"
            f"|version:scikit-learn-{sklearn.__version__}"
        )

    def identify(self, texts: Sequence[str]) -> list[str]:
        """The language of each text, ``und`` for one without a letter (an empty one, say)."""
        answers = [UNDETERMINED] * len(texts)
        rows = [row for row, text in enumerate(texts) if any(character.isalpha() for character in text)]
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            found = self._classifier.predict([texts[row] for row in part])
            for row, language in zip(part, found, strict=True):
                answers[row] = str(language)
        return answers


def identifier(corpora: Iterable[pa.Table], settings: Score) -> Identifier:
    """An identifier of the languages of some corpora (SENTENCES), trained on their train splits."""
    texts: list[str] = []
    languages: list[str] = []
    for table in corpora:
        train = table.filter(pc.equal(table["split"], "train"))
        step = max(1, train.num_rows // settings.identifier_sentences)
        rows = train.take(np.arange(0, train.num_rows, step))
        texts += rows["text"].to_pylist()
        languages += rows["language"].to_pylist()
    return Identifier(texts, languages, settings.identifier_sentences, settings.seed)


def _split(languages: np.ndarray, sentences: int, seed: int) -> tuple[list[int], list[int]]:
    """Rows to train on and rows to hold out, language by language."""
    generator = np.random.default_rng(seed)
    train: list[int] = []
    held_out: list[int] = []
    for language in np.unique(languages):
        rows = generator.permutation(np.flatnonzero(languages == language))[:sentences]
        kept = max(1, int(len(rows) * (1 - _HELD_OUT)))
        train.extend(rows[:kept].tolist())
        held_out.extend(rows[kept:].tolist())
    return train, held_out


def off_target(identifier: Identifier, targets: list[str]) -> Metric:
    """Share of hypotheses that are not in the target language; an empty one is in none."""

    def wrong(hypotheses: list[str]) -> list[bool]:
        return [found != target for found, target in zip(identifier.identify(hypotheses), targets, strict=True)]

    return share("off_target", identifier.signature, wrong)
