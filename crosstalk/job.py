"""The frame of a job: what it prints goes to its log too, and a problem is told in one line."""

from __future__ import annotations

import gc
import io
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import TextIO

from crosstalk.errors import CrosstalkError
from crosstalk.leftover import end_leftover


class _Tee(io.TextIOBase):
    """Writes to a stream and a file, which may be on a full disk, and knows whether their last line has ended."""

    def __init__(self, first: TextIO, second: FileIO) -> None:
        self._first, self._second = first, second
        self._ended = True

    def write(self, text: str) -> int:
        self._ended = text.endswith("\n") if text else self._ended
        with suppress(OSError):
            self._second.write(text.encode())
        return self._first.write(text)

    def line(self, text: str) -> None:
        """A line of its own: a progress bar leaves its last one open."""
        self.write(f"{text}\n" if self._ended else f"\n{text}\n")

    def flush(self) -> None:
        self._first.flush()

    def isatty(self) -> bool:
        return self._first.isatty()


@contextmanager
def job(log: str | Path) -> Iterator[None]:
    """Run a job's body: stderr is kept in ``log`` as well; CrosstalkError ends it with one line and exit status 1.

    Libraries are told not to use the network, and their threads to sleep rather than spin when they wait for each
    other: on a machine that does something else too, spinning made a training five times slower. Cyclic garbage is
    looked for less often than by default, which took a sixth of the seconds in which a job's libraries are imported.
    """
    gc.set_threshold(200_000, 50, 100)
    for name, value in (
        ("HF_HUB_OFFLINE", "1"),
        ("TRANSFORMERS_VERBOSITY", "error"),
        ("TOKENIZERS_PARALLELISM", "false"),
        ("GOMP_SPINCOUNT", "5000"),
    ):
        os.environ.setdefault(name, value)
    log = Path(log)
    log.parent.mkdir(parents=True, exist_ok=True)
    launched = "TORCHELASTIC_RUN_ID" in os.environ  # one of several processes, after one that has begun the log
    rank = int(os.environ["RANK"]) if launched else 0
    plain, opening = sys.stderr, ""
    try:
        if not launched:
            opening = end_leftover(log.with_suffix(".slurm"))
    except CrosstalkError as error:  # the log is the other one's
        sys.exit(f"crosstalk: {error}")
    with FileIO(log, "a" if launched else "w") as file:
        sys.stderr = both = _Tee(plain, file)
        try:
            if opening:
                both.write(opening)
            yield
        except CrosstalkError as error:
            both.line(f"{f'process {rank}' if rank else 'crosstalk'}: {error}")
            sys.exit(1)
        except Exception:
            with suppress(OSError):
                file.write(traceback.format_exc().encode())  # Python tells stderr itself, after the log is closed
            raise
        finally:
            sys.stderr = plain
