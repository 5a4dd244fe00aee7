"""What an exported folder says of itself: all that translating with it needs besides weights and vocabulary."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from crosstalk.config.base import LanguageCode, Section
from crosstalk.config.nrd import Decode
from crosstalk.errors import CrosstalkError

FILE = "crosstalk.json"
Kind = Literal["ctranslate2", "transformers"]


class Card(Section):
    """The content of ``crosstalk.json``."""

    kind: Kind
    """Whose form the weights have."""
    source: LanguageCode | None
    """The language whose filter is folded in, which this folder translates from; None translates from any."""
    targets: list[LanguageCode]
    """Languages it translates into: those with a tag."""
    tag: Literal["source", "decoder"]
    """Where the target's tag stands: before the source, or as the decoder's first token."""
    max_length: int
    """Longest source in tokens, tag and end included."""
    positions: int
    """Longest output in tokens, the first one and the end included."""
    decode: Decode
    """Beam search."""
    quantization: str | None = None
    """Arithmetic of the weights; none is float32."""
    filter: dict[str, Any]
    """The filter's name, its settings and the factor of the language's syntax-sensitive units."""
    provenance: dict[str, Any]
    """Where the weights come from."""

    def save(self, folder: Path) -> None:
        """Write the card into a folder."""
        text = json.dumps(self.model_dump(mode="json"), indent=2, ensure_ascii=False)
        (folder / FILE).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Card:
        """Read a folder's card; CrosstalkError when it is damaged."""
        try:
            return cls.model_validate_json((folder / FILE).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, ValidationError) as error:
            reason = str(error).splitlines()[0]
            raise CrosstalkError(f"{folder / FILE}: not readable ({reason}); export the model again") from error
