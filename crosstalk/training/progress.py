"""A training's progress, for a person: loss, tokens a second and the time left."""

from __future__ import annotations

from tqdm import tqdm


class Progress:
    """A bar on stderr; a line now and then when stderr is not a terminal."""

    def __init__(self, name: str, updates: int, done: int, quiet: bool) -> None:
        self._bar = tqdm(
            total=updates, initial=done, desc=name, unit="update", disable=quiet, mininterval=2, dynamic_ncols=True
        )

    def advance(self, loss: float, tokens_per_second: float) -> None:
        """One more update; loss in nats per token."""
        self._bar.set_postfix({"loss": f"{loss:.3f}", "tokens/s": f"{tokens_per_second:,.0f}"}, refresh=False)
        self._bar.update(1)

    def close(self) -> None:
        """Leave the last line standing."""
        self._bar.close()
