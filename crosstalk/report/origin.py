"""A file that numbers were read from: what it depends on, and the command that makes it again."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

REMAKE = ".venv/bin/snakemake --profile profiles/default"


@dataclass(frozen=True)
class Origin:
    """A file that numbers were read from.

    ``key`` is what tables call it; ``data`` names the contents of what it was made from, or its own where ``own``.
    """

    key: str
    file: str
    configuration: str
    data: str
    commit: str
    own: bool = False

    @property
    def command(self) -> str:
        """What makes the file again, where it is missing or out of date."""
        return f"{REMAKE} {shlex.quote(self.file)}"
