"""Tokens of one language on disk: flat arrays, memory-mapped, so that all trainings share one copy."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, SupportsIndex

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from crosstalk.artefacts import whole_folder
from crosstalk.errors import CrosstalkError
from crosstalk.tokens.vocabulary import Vocabulary

_ARRAYS = {"ids": "int32", "offsets": "int64", "sentences": "uint64", "splits": "int16"}
_CHUNK = 50_000


def sentence_key(sentence_ids: pa.ChunkedArray | NDArray[np.object_]) -> NDArray[np.uint64]:
    """A 64-bit key of each sentence id that does not depend on the other sentences."""
    values = np.asarray(sentence_ids, dtype=object)
    return pd.util.hash_array(values, encoding="utf8", hash_key="crosstalk-tokens", categorize=False)


def encode(sentences: pa.Table, vocabulary: Vocabulary, folder: Path) -> None:
    """Encode one language's SENTENCES and write its store."""
    names = sorted(set(sentences.column("split").to_pylist()))
    texts = sentences.column("text")
    parts, counts = [np.zeros(0, np.int32)], [np.zeros(1, np.int64)]
    for start in range(0, len(texts), _CHUNK):
        rows = vocabulary.encode(texts.slice(start, _CHUNK).to_pylist())
        parts.append(np.fromiter((i for row in rows for i in row), dtype=np.int32))
        counts.append(np.fromiter((len(row) for row in rows), dtype=np.int64, count=len(rows)))
    arrays: dict[str, NDArray[Any]] = {
        "ids": np.concatenate(parts),
        "offsets": np.cumsum(np.concatenate(counts)),
        "sentences": sentence_key(sentences.column("sentence_id")),
        "splits": np.asarray(pd.Categorical(sentences.column("split").to_pandas(), categories=names).codes),
    }
    with whole_folder(folder) as part:
        for name, dtype in _ARRAYS.items():
            np.save(part / f"{name}.npy", arrays[name].astype(dtype), allow_pickle=False)
        (part / "splits.txt").write_text("\n".join(names))


@dataclass(frozen=True)
class TokenStore:
    """One language's sentences: row i is ``ids[offsets[i]:offsets[i + 1]]``, of split ``names[splits[i]]``."""

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    sentences: NDArray[np.uint64]
    splits: NDArray[np.int16]
    names: tuple[str, ...]

    @classmethod
    def open(cls, folder: str | Path) -> TokenStore:
        """Map a store into memory; CrosstalkError when a file is missing or damaged."""
        folder = Path(folder)
        try:
            arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in _ARRAYS}
            names = tuple((folder / "splits.txt").read_text().split("\n"))
        except (OSError, ValueError, EOFError) as error:
            raise CrosstalkError(f"{folder}: not a readable token store ({str(error).splitlines()[0]})") from error
        return cls(**arrays, names=names)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each row."""
        return np.diff(self.offsets)

    def rows(self, split: str) -> NDArray[np.int64]:
        """Row numbers of a split; none when the language has no such split."""
        if split not in self.names:
            return np.zeros(0, np.int64)
        return np.flatnonzero(self.splits == self.names.index(split))

    def __getitem__(self, row: SupportsIndex) -> NDArray[np.int32]:
        return self.ids[self.offsets[row] : self.offsets[operator.index(row) + 1]]


def open_stores(folders: Iterable[str | Path]) -> dict[str, TokenStore]:
    """Stores by language; a store's folder is named after its language."""
    return {Path(folder).name: TokenStore.open(folder) for folder in folders}
