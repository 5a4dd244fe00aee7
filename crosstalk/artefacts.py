"""Writing and reading the files jobs exchange: whole or not at all, checked against a schema.

A file is written beside its place, flushed to disk and renamed, so a reader never sees half of it. Where the
environment variable CROSSTALK_SCRATCH names a folder on the machine's own disk, it is written there and copied first.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from crosstalk.errors import CrosstalkError

SENTENCES = pa.schema(
    [("sentence_id", pa.string()), ("language", pa.string()), ("split", pa.string()), ("text", pa.string())]
)
"""Corpora: rows that share a ``sentence_id`` are translations of each other."""

SETS = pa.schema(
    [
        ("set_id", pa.string()),
        ("language", pa.string()),
        ("member", pa.int32()),
        ("text", pa.string()),
        ("overlap", pa.float32()),
    ]
)
"""Equivalence sets: member 0 is the source; ``overlap`` is the share of its words that the source has too."""

PROFILE = pa.schema(
    [
        ("site", pa.string()),
        ("layer", pa.int32()),
        ("unit", pa.int32()),
        ("language", pa.string()),
        ("within", pa.float64()),
        ("total", pa.float64()),
        ("mean", pa.float64()),
        ("active", pa.float64()),
    ]
)
"""Per unit and language: variance inside the sets (Eq. 1), over all sentences, mean activation, share active."""

PARTITION = pa.schema(
    [
        ("site", pa.string()),
        ("layer", pa.int32()),
        ("unit", pa.int32()),
        ("language", pa.string()),
        ("statistic", pa.float64()),
        ("role", pa.string()),
    ]
)
"""The partition of units: a role for each language. Part 1: ``semantic``, ``syntactic`` or ``other``; part 3:
``agnostic``, ``specific`` or ``other``."""

STABILITY = pa.schema(
    [
        ("differs", pa.string()),
        ("language", pa.string()),
        ("role", pa.string()),
        ("jaccard", pa.float64()),
        ("expected", pa.float64()),
    ]
)
"""Overlap of the units of a role found on two parts of the sets that differ in ``sentences`` or in ``draws``, beside
what random sets give; null where there are none."""

GAMMA = pa.schema(
    [
        ("language", pa.string()),
        ("gamma", pa.float64()),
        ("directions", pa.int32()),
        ("batches", pa.int32()),
        ("null", pa.float64()),
        ("null_low", pa.float64()),
        ("null_high", pa.float64()),
    ]
)
"""Gradient consistency of each source language (Eq. 2) beside what independent noise gives."""

HYPOTHESES = pa.schema(
    [
        ("split", pa.string()),
        ("src", pa.string()),
        ("tgt", pa.string()),
        ("sentence_id", pa.string()),
        ("source", pa.string()),
        ("reference", pa.string()),
        ("hypothesis", pa.string()),
    ]
)

SCORES = pa.schema(
    [
        ("benchmark", pa.string()),
        ("method", pa.string()),
        ("seed", pa.int64()),
        ("split", pa.string()),
        ("src", pa.string()),
        ("tgt", pa.string()),
        ("tier", pa.string()),
        ("metric", pa.string()),
        ("value", pa.float64()),
        ("higher_is_better", pa.bool_()),
        ("n", pa.int64()),
        ("signature", pa.string()),
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("config_hash", pa.string()),
        ("data_hash", pa.string()),
        ("commit", pa.string()),
    ]
)

IMAGES = pa.schema([("sentence_id", pa.string()), ("image", pa.binary())])
"""Image files (PNG, JPEG, ...) of sentences; a sentence may have several, of which the first one is tested."""

SENSES = pa.schema(
    [
        ("sentence_id", pa.string()),
        ("language", pa.string()),
        ("right", pa.list_(pa.string())),
        ("wrong", pa.list_(pa.string())),
    ]
)
"""Sentences whose source has a word that only the image resolves: words of a translation with the right sense, and with
another one."""

LAYERS = pa.schema(
    [("layer", pa.int32()), ("module", pa.string()), ("units", pa.int32()), ("language", pa.string()),
     ("similarity", pa.float64())]
)  # fmt: skip
"""Similarity of each linear map's activations before and after fine-tuning (Eq. 3), for each target language."""

TRUTH = pa.schema(
    [
        ("label", pa.string()),
        ("units", pa.string()),
        ("accuracy", pa.float64()),
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("difference", pa.float64()),
        ("difference_low", pa.float64()),
        ("difference_high", pa.float64()),
    ]
)
"""Accuracy (0 to 1) of a probe that reads ``label`` from ``units``; difference to random units, null for themselves."""

CURVE = pa.schema(
    [
        ("step", pa.int64()),
        ("loss", pa.float64()),
        ("dev_loss", pa.float64()),
        ("learning_rate", pa.float64()),
        ("tokens", pa.int64()),
        ("seconds", pa.float64()),
    ]
)
"""Loss in nats per scored token; ``tokens`` counts scored tokens so far; ``dev_loss`` is null between evaluations."""


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _part_file(path: Path, folder: Path) -> Iterator[Path]:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=folder)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def _part_folder(path: Path, folder: Path) -> Iterator[Path]:
    part = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=folder))
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _scratch() -> Path | None:
    """The folder of CROSSTALK_SCRATCH, whose variables are those of the job, or None."""
    told = os.environ.get("CROSSTALK_SCRATCH")
    if not told:
        return None
    if "$" in (place := os.path.expandvars(told)):
        raise CrosstalkError(f"CROSSTALK_SCRATCH: {told} names a variable that this job does not have")
    Path(place).mkdir(parents=True, exist_ok=True)
    return Path(place)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Tell in one line that ``path`` could not be written."""
    try:
        yield
    except CrosstalkError:
        raise
    except Exception as error:
        # safetensors tells of a full disk by an error of its own.
        if not isinstance(error, OSError) and os.strerror(errno.ENOSPC) not in str(error):
            raise
        copying = isinstance(error, shutil.Error)  # a list of (source, copy, reason)
        reason = error.args[0][0][2] if copying else getattr(error, "strerror", None) or str(error)
        raise CrosstalkError(f"{path}: could not be written ({reason}); nothing was changed") from error


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary path to write to; it becomes ``path`` on success and is removed on any failure.

    Raises CrosstalkError when the disk is full or the folder cannot be written to.
    """
    path = Path(path)
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = _scratch()
        with _part_file(path, path.parent) as part, _part_file(path, scratch) if scratch else nullcontext(part) as work:
            yield work
            if scratch:
                shutil.copyfile(work, part)
            with part.open("rb") as written:
                os.fsync(written.fileno())
            part.chmod(0o644)
            part.replace(path)
            _sync_folder(path.parent)


@contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """Give a temporary folder to fill; it replaces ``path`` on success and is removed on any failure.

    Raises CrosstalkError when the disk is full or the folder cannot be written to.
    """
    path = Path(path)
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = _scratch()
        with (
            _part_folder(path, path.parent) as part,
            _part_folder(path, scratch) if scratch else nullcontext(part) as work,
        ):
            yield work
            if scratch:
                shutil.copytree(work, part, dirs_exist_ok=True)
            for file in part.rglob("*"):
                if file.is_file():
                    with file.open("rb") as written:
                        os.fsync(written.fileno())
            part.chmod(0o755)
            if path.exists():
                old = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".old", dir=path.parent))
                path.replace(old / "was")
                part.replace(path)
                shutil.rmtree(old)
            else:
                part.replace(path)
            _sync_folder(path.parent)


def write_table(table: pa.Table, path: str | Path, schema: pa.Schema | None = None) -> None:
    """Write a Parquet file (zstd), cast to ``schema`` when one is given."""
    if schema is not None:
        table = table.select(schema.names).cast(schema)
    with whole_file(path) as part:
        pq.write_table(table, part, compression="zstd")


def write_batches(batches: Iterable[pa.RecordBatch], path: str | Path, schema: pa.Schema) -> None:
    """Write a Parquet file (zstd) from batches of ``schema``, of which one is in memory at a time."""
    with whole_file(path) as part, pq.ParquetWriter(part, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)


def read_table(path: str | Path, schema: pa.Schema | None = None, columns: list[str] | None = None) -> pa.Table:
    """Read a Parquet file; CrosstalkError names the file when it is missing, damaged or lacks a column."""
    path = Path(path)
    if not path.exists():
        raise CrosstalkError(f"{path}: no such file; expected a Parquet table")
    try:
        table = pq.read_table(path, columns=columns, partitioning=None)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise CrosstalkError(f"{path}: not a readable Parquet file ({reason}); it may be truncated") from error
    if schema is None:
        return table
    missing = [name for name in schema.names if name not in table.column_names]
    if missing:
        raise CrosstalkError(f"{path}: column {missing[0]!r} is missing; expected {', '.join(schema.names)}")
    try:
        return table.select(schema.names).cast(schema)
    except pa.ArrowException as error:
        expected = ", ".join(f"{field.name} {field.type}" for field in schema)
        raise CrosstalkError(f"{path}: {str(error).splitlines()[0]}; expected {expected}") from error


def file_hash(path: str | Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
