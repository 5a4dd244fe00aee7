"""Images of a benchmark's sentences, from a Parquet file, from a folder of image files, or drawn for the world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from string import Formatter

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from crosstalk.artefacts import IMAGES, SENSES, read_table
from crosstalk.config.multimodal import Images
from crosstalk.corpora.lines import read_lines
from crosstalk.corpora.patterns import SPLITS
from crosstalk.errors import CrosstalkError, nearest
from crosstalk.world.scenes import draw, senses

MEANINGS = "results/world/meanings.parquet"
_AT_ONCE = 1000


def files(settings: Images, key: str, root: Path) -> list[Path]:
    """What is read besides the image files of a list; ``key`` names the settings in errors.

    Raises CrosstalkError when the settings do not say where.
    """
    if settings.reader == "world":
        return [Path(MEANINGS)]
    if not settings.path:
        raise CrosstalkError(f"{key}.path: is missing; expected the file that reader {settings.reader!r} reads")
    if settings.reader == "parquet":
        return [root / settings.path]
    names = {name for _, name, _, _ in Formatter().parse(settings.path) if name is not None}
    if names - {"split"} or not settings.folder:
        raise CrosstalkError(f"{key}: reader 'files' needs folder, and path with {{split}} and no other name in braces")
    return [root / settings.path.format(split=name) for name in (settings.splits or SPLITS).values()]


def read_parquet(settings: Images, file: Path) -> pa.Table:
    """IMAGES from a table with image bytes; CrosstalkError names a missing column and the nearest one."""
    read_table(file, columns=[])
    columns = {"sentence_id": "sentence_id", "image": "image", **settings.columns}
    known = pq.read_schema(file).names
    for ours, theirs in columns.items():
        if theirs not in known:
            raise CrosstalkError(
                f"{file}: column {theirs!r} is missing{nearest(theirs, known)}; name the one for {ours!r} under columns"
            )
    table = read_table(file, columns=list(columns.values()))
    ids = [f"{settings.source}:{value}" for value in table[columns["sentence_id"]].to_pylist()]
    return pa.table([pa.array(ids, pa.string()), table[columns["image"]].cast(pa.binary())], schema=IMAGES)


def read_lists(settings: Images, lists: Iterable[Path], folder: Path) -> Iterator[pa.RecordBatch]:
    """IMAGES from lists of image files, a name a line: that of the same line of the source's texts.

    Raises CrosstalkError for an image that is not there or a name that leads out of ``folder``.
    """
    for split, file in zip(settings.splits or SPLITS, lists, strict=True):
        for line, name in enumerate(read_lines(file).to_pylist(), 1):
            image = folder / name.split("#")[0].strip()
            if not image.resolve().is_relative_to(folder.resolve()):
                raise CrosstalkError(f"{file}:{line}: {name!r} is outside of {folder}; expected the name of an image")
            if not image.is_file():
                raise CrosstalkError(f"{file}:{line}: no image {image}; check multimodal's folder, and data_dir")
            row = {"sentence_id": f"{settings.source}:{split}.{line}", "image": image.read_bytes()}
            yield pa.RecordBatch.from_pylist([row], schema=IMAGES)


def read_world(settings: Images, meanings: pa.Table) -> Iterator[pa.RecordBatch]:
    """IMAGES of the world's sentences, drawn from its meanings."""
    for batch in meanings.to_batches(max_chunksize=_AT_ONCE):
        rows = batch.to_pylist()
        ids = [f"{settings.source}:{row['sentence_id']}" for row in rows]
        yield pa.RecordBatch.from_pydict({"sentence_id": ids, "image": [draw(row) for row in rows]}, schema=IMAGES)


def world_senses(settings: Images, meanings: pa.Table, languages: Sequence[str], seed: int) -> pa.Table:
    """SENSES of the world's test sentences; ``seed`` is the world's."""
    rows = meanings.filter(pc.equal(meanings["split"], "test")).to_pylist()
    found = senses(rows, languages, seed)
    return pa.Table.from_pylist(
        [{**row, "sentence_id": f"{settings.source}:{row['sentence_id']}"} for row in found], schema=SENSES
    )


def read_images(
    settings: Images, paths: Sequence[Path], languages: Sequence[str], seed: int
) -> tuple[Iterable[pa.RecordBatch], pa.Table]:
    """IMAGES in batches from what ``files`` names, and SENSES, which only the world knows."""
    if settings.reader == "world":
        meanings = read_table(paths[0])
        return read_world(settings, meanings), world_senses(settings, meanings, languages, seed)
    if settings.reader == "parquet":
        return read_parquet(settings, paths[0]).to_batches(), SENSES.empty_table()
    return read_lists(settings, paths, Path(settings.folder)), SENSES.empty_table()
