"""Being told to stop: a training ends at its next update, with a checkpoint, instead of in the middle of one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGUSR1)
"""What schedulers send before they kill: at a time limit, for a cancelled or a preempted job."""


class Told:
    """Whether a signal has come, and which."""

    signal: str | None = None

    def __bool__(self) -> bool:
        return self.signal is not None

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        self.signal = signal.Signals(number).name


@contextmanager
def told_to_stop() -> Iterator[Told]:
    """Within, SIGTERM and SIGUSR1 no longer end the process but are noted; outside the main thread, they are not."""
    told = Told()
    if threading.current_thread() is not threading.main_thread():
        yield told
        return
    before = {number: signal.signal(number, told) for number in _SIGNALS}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
