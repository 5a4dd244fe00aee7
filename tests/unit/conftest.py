"""A corpus of three small languages and a small untrained model, shared by unit tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from crosstalk.config.data import Sampling, Tokens
from crosstalk.config.training import Model
from crosstalk.tokens.store import TokenStore, encode
from crosstalk.tokens.vocabulary import Vocabulary, save, train

WORDS = {
    "eng_Latn": ["dog", "cat", "sees", "takes", "red", "blue", "house", "river", "old", "small"],
    "qaa_Latn": ["canu", "felo", "vidas", "prenas", "ruga", "blua", "domo", "rivo", "olda", "eta"],
    "qab_Cyrl": ["пес", "кот", "види", "бере", "рад", "син", "дом", "река", "стар", "мал"],
}


def sentences(language: str, count: int = 120) -> pa.Table:
    """The same ``count`` random word sequences in every language; the last 40 are dev and test."""
    rng = np.random.default_rng(5)
    rows = []
    for i in range(count):
        picks = rng.integers(10, size=rng.integers(2, 8))
        split = "train" if i < count - 40 else "dev" if i < count - 20 else "test"
        rows.append({"sentence_id": f"s{i}", "language": language, "split": split})
        rows[-1]["text"] = " ".join(WORDS[language][p] for p in picks)
    return pa.Table.from_pylist(rows)


@dataclass(frozen=True)
class Small:
    """The corpus as token stores."""

    vocabulary: Vocabulary
    stores: dict[str, TokenStore]
    folder: Path


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    folder = tmp_path_factory.mktemp("small")
    texts = [text for language in WORDS for text in sentences(language)["text"].to_pylist()]
    save(train(texts, Tokens(size=69)), list(WORDS), folder / "vocabulary")
    vocabulary = Vocabulary.load(folder / "vocabulary")
    for language in WORDS:
        encode(sentences(language), vocabulary, folder / language)
    return Small(vocabulary, {language: TokenStore.open(folder / language) for language in WORDS}, folder)


@pytest.fixture
def shape() -> Model:
    return Model(d_model=16, ffn=24, heads=2, encoder_layers=2, decoder_layers=2)


@pytest.fixture
def sampling() -> Sampling:
    return Sampling(batch_tokens=64, accumulate=2)


@pytest.fixture
def xlmt(small, shape):
    """An untrained translation model for the small corpus, sentences of up to 40 tokens."""
    from crosstalk.models.encoder import new_encoder
    from crosstalk.models.xlmt import from_encoder

    encoder = new_encoder(shape, small.vocabulary.size, 40, 0.0, 1)
    return from_encoder(encoder, shape, small.vocabulary.size, 0.0, 1).eval()
