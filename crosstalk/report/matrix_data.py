"""Tables of the interference matrix as the report shows them, and the names of its figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd
import pyarrow as pa

FIGURES = (
    "training",
    "convergence",
    "interference",
    "robustness",
    "exposure",
    "families",
    "scripts",
    "resources",
    "correlation",
    "validation",
    "prediction",
)
"""Figures of every matrix; ``similarity_{language}`` stands beside them for each language of ``shown``."""

PART = "interference"
HASHES = ("config_hash", "data_hash", "commit")
"""What a run depends on: settings, contents of its data, and code."""
RUN_COLUMNS = ("language", "added_language", "half", "seed", "first_loss", "last_loss", *HASHES)
_PAPER = ("spa_Latn", "ell_Grek", "mya_Mymr", "rus_Cyrl", "eng_Latn")
_SIMILARITY = "similarity_"


@dataclass(frozen=True)
class MatrixTables:
    """Tables of ``matrix.schemas``; what is absent leaves its figures and sentences out.

    ``runs`` needs only ``RUN_COLUMNS``; ``similarity`` and ``correlation`` are encoder -> table; ``facts`` has
    ``language, name, script, family, resource_level``, "" where unknown.
    """

    interference: pa.Table | None = None
    runs: pa.Table | None = None
    convergence: pa.Table | None = None
    robustness: pa.Table | None = None
    groups: pa.Table | None = None
    sharing: pa.Table | None = None
    asymmetry: pa.Table | None = None
    exposure: pa.Table | None = None
    similarity: Mapping[str, pa.Table] = field(default_factory=dict)
    correlation: Mapping[str, pa.Table] = field(default_factory=dict)
    validation: pa.Table | None = None
    held_out: pa.Table | None = None
    next: pa.Table | None = None
    advice: pa.Table | None = None
    facts: pa.Table | None = None

    @cached_property
    def cells(self) -> pd.DataFrame:
        """Rows of ``interference``, none when it is absent."""
        return pd.DataFrame() if self.interference is None else self.interference.to_pandas()

    @cached_property
    def languages(self) -> list[str]:
        """Codes of the languages of the matrix, sorted."""
        return [] if self.cells.empty else sorted({*self.cells["language"], *self.cells["added_language"]})

    @cached_property
    def names(self) -> dict[str, str]:
        """Code -> name, with the code where several languages share the name; no name is the code."""
        known = self.fact("name")
        codes = dict.fromkeys([*known, *self.languages])
        plain = {code: known.get(code) or code for code in codes}
        often = Counter(plain.values())
        return {code: name if often[name] == 1 else f"{name} ({code})" for code, name in plain.items()}

    @cached_property
    def hashes(self) -> list[tuple[str, str, str]]:
        """What the runs depend on (``HASHES``), each once; a run that does not tell is left out."""
        if self.runs is None:
            return []
        columns = (self.runs[name].to_pylist() for name in HASHES)
        return sorted({row for row in zip(*columns, strict=True) if None not in row})

    def name(self, code: str) -> str:
        """What a language is called."""
        return self.names.get(code, code)

    def fact(self, column: str) -> dict[str, str]:
        """Code -> script, family or resource level, of the languages of which it is known."""
        if self.facts is None:
            return {}
        rows = zip(self.facts["language"].to_pylist(), self.facts[column].to_pylist(), strict=True)
        return {code: value for code, value in rows if value}


def shown(languages: Sequence[str]) -> list[str]:
    """Languages whose rows are compared with embeddings one by one: those of the paper, else the first five."""
    return [code for code in _PAPER if code in languages] or list(languages[:5])


def figure_names(languages: Sequence[str]) -> list[str]:
    """Every figure of a matrix over ``languages``."""
    return [*FIGURES, *(similarity_figure(code) for code in shown(languages))]


def similarity_figure(language: str) -> str:
    """The figure of a language's row beside its embedding similarities."""
    return f"{_SIMILARITY}{language}"


def caption_name(figure: str) -> str:
    """The caption that explains a figure."""
    return "matrix_similarity" if figure.startswith(_SIMILARITY) else f"matrix_{figure}"
