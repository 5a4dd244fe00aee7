"""What is known of each language: script, family and resource level."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from crosstalk.errors import CrosstalkError
from crosstalk.world.languages import languages as languages_of_the_world

COLUMNS = ["language", "name", "script", "family", "resource_level"]


def _table() -> list[dict[str, str]]:
    with Path(__file__).with_name("languages.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


MATRIX83 = [row["language"] for row in _table() if row["in_matrix83"] == "1"]
"""The 83 languages of the paper (Matrix, Tables 4 and 5)."""


def facts(languages: Sequence[str]) -> pd.DataFrame:
    """``language, name, script, family, resource_level`` of each language, in the order given; "" where unknown.

    Facts are those of Matrix, Tables 4 and 5 (families and resource levels from NLLB), then those of the embedded
    world. Of any other language only the script is known, from the end of its code.
    Raises CrosstalkError when a language is named twice.
    """
    if twice := [language for language in languages if list(languages).count(language) > 1]:
        raise CrosstalkError(f"languages: {twice[0]!r} is named twice; expected each once")
    table = _table()
    scripts = {row["language"].rpartition("_")[2]: row["script"] for row in table}
    known = {row.code: {"name": row.name, "family": row.family.name} for row in languages_of_the_world()}
    known |= {row["language"]: row for row in table}
    rows = []
    for language in languages:
        suffix = language.rpartition("_")[2]
        unknown = {"name": language, "script": scripts.get(suffix, suffix), "family": "", "resource_level": ""}
        rows.append(unknown | known.get(language, {}) | {"language": language})
    return pd.DataFrame(rows, columns=COLUMNS, dtype="object")
