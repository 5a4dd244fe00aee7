"""Tables in the internal form (SENTENCES) from columns, and samples of them."""

from __future__ import annotations

import hashlib
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from crosstalk.artefacts import SENTENCES

Column: TypeAlias = pa.ChunkedArray | pa.Array | str


def sentences(ids: Column, language: Column, split: Column, text: Column) -> pa.Table:
    """A SENTENCES table; a plain string stands for a column that repeats it."""
    columns = [ids, language, split, text]
    rows = next(len(column) for column in columns if not isinstance(column, str))
    filled = [pa.repeat(pa.scalar(column), rows) if isinstance(column, str) else column for column in columns]
    return pa.table(dict(zip(SENTENCES.names, filled, strict=True)))


def empty() -> pa.Table:
    """A SENTENCES table without rows."""
    return SENTENCES.empty_table()


def numbered(prefix: str, count: int) -> pa.Array:
    """``prefix1`` ... ``prefix{count}``."""
    return pc.binary_join_element_wise(prefix, pa.array(np.arange(1, count + 1)).cast(pa.string()), "")


def hashes(column: pa.ChunkedArray | pa.Array, key: str = "") -> np.ndarray:
    """64-bit hash of each string, the same on every machine; ``key`` gives independent ones. Shape (rows,)."""
    secret = hashlib.sha256(key.encode()).hexdigest()[:16]
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    parts = [
        pd.util.hash_array(chunk.cast(pa.binary()).to_numpy(zero_copy_only=False), hash_key=secret, categorize=False)
        for chunk in chunks
        if len(chunk)
    ]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.uint64)


def category(column: pa.ChunkedArray | pa.Array) -> tuple[np.ndarray, list[str]]:
    """Integer code of each value, shape (rows,), and the distinct values by code; nulls are not allowed."""
    values = pc.unique(column)
    return pc.index_in(column, value_set=values).to_numpy().astype(np.int64), values.to_pylist()


def sample(ids: pa.ChunkedArray | pa.Array, groups: np.ndarray, limit: int | None, seed: int) -> np.ndarray:
    """Mask, shape (rows,), of at most ``limit`` rows in each group (integer codes).

    Drawn by a seeded hash of the id, so groups that share ids draw the same ones and stay aligned.
    """
    if limit is None:
        return np.ones(len(ids), dtype=bool)
    order = np.lexsort((hashes(ids, f"sample {seed}"), groups))
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
    mask = np.zeros(len(order), dtype=bool)
    mask[order] = rank < limit
    return mask
