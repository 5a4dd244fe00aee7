"""Lines of a text file, plain or compressed, as an arrow column: split at line feeds and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from crosstalk.errors import CrosstalkError

COMPRESSION = {".gz": "gzip", ".zst": "zstd"}
BLOCK = 1 << 26
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_lines(path: Path) -> pa.ChunkedArray:
    """All lines of a UTF-8 file (``.gz``, ``.zst`` or plain), without their ends ``\\n`` or ``\\r\\n``.

    U+2028, U+0085, vertical tabs and the like stay inside their line. A byte order mark is left out.
    Raises CrosstalkError that names the file, and the line where it is not UTF-8.
    """
    chunks: list[pa.Array] = []
    rest, count = b"", 0
    try:
        with pa.input_stream(path, compression=COMPRESSION.get(path.suffix)) as stream:
            while block := stream.read(BLOCK):
                head, feed, rest = (rest + block).rpartition(b"\n")
                if feed:
                    chunks.append(_split(head, path, count))
                    count += len(chunks[-1])
    except FileNotFoundError as error:
        raise CrosstalkError(f"{path}: no such file; expected lines of text") from error
    except OSError as error:
        raise CrosstalkError(
            f"{path}: could not be read ({str(error).splitlines()[0]}); it may be truncated"
        ) from error
    if rest:
        chunks.append(_split(rest, path, count))
    return pa.chunked_array(chunks, type=pa.string())


def _split(block: bytes, path: Path, before: int) -> pa.Array:
    """Lines of a block; ``before`` lines of the file came earlier."""
    if before == 0:
        block = block.removeprefix(BYTE_ORDER_MARK)
    lines = pc.split_pattern(pa.array([block], type=pa.large_binary()), b"\n").values
    try:
        lines = lines.cast(pa.string())
    except pa.ArrowInvalid as error:
        raise CrosstalkError(f"{path}:{before + _not_utf8(block)}: not UTF-8; expected text in UTF-8") from error
    return pc.ascii_rtrim(lines, characters="\r")


def _not_utf8(block: bytes) -> int:
    """Number, from 1, of the first line that is not UTF-8."""
    try:
        block.decode()
    except UnicodeDecodeError as error:
        return block.count(b"\n", 0, error.start) + 1
    return 0
