"""What an exported model is made of: files, and settings that its users need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from crosstalk.config.nrd import Decode


@dataclass(frozen=True)
class Parts:
    """Files of a trained model and its filter; ``filter`` is the Filter section and the filter's ``name``."""

    model: Path
    vocabulary: Path
    partition: Path | None
    gamma: Path | None
    filter: Mapping[str, Any]
    decode: Decode
    tag: Literal["source", "decoder"]
    max_length: int
    provenance: Mapping[str, Any]
