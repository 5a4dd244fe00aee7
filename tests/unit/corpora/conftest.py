"""Benchmarks and tables in a line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from crosstalk.artefacts import SENTENCES
from crosstalk.config.data import Benchmark


def _benchmark(*sources: dict[str, Any], **settings: Any) -> Benchmark:
    named = [{"name": f"s{i}", **source} for i, source in enumerate(sources)] or [{"reader": "world"}]
    return Benchmark.model_validate({"languages": ["eng_Latn", "deu_Latn"], "sources": named} | settings)


def _table(*rows: tuple[str, str, str, str]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(SENTENCES.names, row, strict=True)) for row in rows], schema=SENTENCES)


@pytest.fixture(scope="session")
def make_benchmark() -> Callable[..., Benchmark]:
    """``make_benchmark({"reader": "tsv", ...}, ..., languages=[...])``; sources are named s0, s1, ..."""
    return _benchmark


@pytest.fixture(scope="session")
def make_table() -> Callable[..., pa.Table]:
    """``make_table((sentence_id, language, split, text), ...)``."""
    return _table
