"""The schema and the page of documentation are those of the models."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from crosstalk.config import reference

CHECKOUT = Path(__file__).parents[3]
SCHEMA: dict[str, Any] = json.loads(reference.json_schema())
SECTIONS = {"Config": SCHEMA, **SCHEMA["$defs"]}


def test_schema_has_not_drifted() -> None:
    kept = (CHECKOUT / "config" / "schema.json").read_text(encoding="utf-8")
    assert kept == reference.json_schema(), "run `make schema`"


def test_documentation_has_not_drifted() -> None:
    kept = (CHECKOUT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert kept == reference.markdown(), "run `make schema`"


def test_default_configuration_follows_the_schema() -> None:
    settings = yaml.safe_load((CHECKOUT / "config.yaml").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(settings, SCHEMA)


@pytest.mark.parametrize("name", SECTIONS)
def test_every_key_is_described(name: str) -> None:
    section = SECTIONS[name]
    assert section["description"]
    # A key that holds a section and has the same description as it is given none of its own.
    bare = [key for key, field in section["properties"].items() if not field.get("description") and "$ref" not in field]
    assert bare == []


def test_every_key_is_on_the_page() -> None:
    page = reference.markdown()
    assert "\n| `bootstrap` | `1000` | integer ≥ 100 | Bootstrap resamples. |\n" in page
    assert "\n| `languages` | **required** | list of language | " in page
    assert "\n| `medium_tier` | `100000` | integer ≥ 0 | " in page
    assert "\n| `share` | `{}` | mapping to number > 0 and ≤ 1 | " in page
    assert "\n| `max_sentences` | `null` | integer ≥ 1 or `null` | " in page
    assert "\n## benchmarks.NAME.sources[].download.NAME\n" in page
    rows = set(re.findall(r"^\| `(\w+)` \|", page, re.M))
    headings = {part for path in re.findall(r"^## (\S+)$", page, re.M) for part in re.split(r"\W+", path)}
    assert {key for section in SECTIONS.values() for key in section["properties"]} <= rows | headings


def test_table_rows_have_four_cells() -> None:
    rows = [line for line in reference.markdown().splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {5}
