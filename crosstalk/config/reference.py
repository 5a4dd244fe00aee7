"""The configuration's JSON schema and its documentation, both generated from the pydantic models."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

from crosstalk.config.base import LanguageCode, Name
from crosstalk.config.root import Config

_INTRODUCTION = """\
# Configuration

Every key of `config.yaml`. A preset in `config/presets/` names only the keys that it changes; so does a file of your
own:

    snakemake --profile profiles/default --configfile own.yaml

or a single key: `--config score='{bootstrap: 100}'`. Files merge deeply; an entry of `benchmarks` or `methods` set to
`null` is dropped. An unknown key is an error that names the nearest known one. Keys under `speed` change only how fast
a result comes and never cause a rerun.

`NAME` stands for a name that you choose: lower-case letters, digits, `_` and `-`, after a letter. Languages are
FLORES-200 codes such as `deu_Latn`.

*Generated from `crosstalk/config/` by `make schema`; edit the descriptions there.*
"""

_PATTERNS = {get_args(kind)[1].pattern: word for kind, word in ((LanguageCode, "language"), (Name, "`NAME`"))}


def json_schema() -> str:
    """The JSON schema (draft 2020-12) of the configuration, for editors and other tools."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Config.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def markdown() -> str:
    """A page with a table of each section's keys: default, values, description."""
    schema = Config.model_json_schema()
    return _INTRODUCTION + "".join(_section("", schema, schema["$defs"]))


def _section(path: str, section: dict[str, Any], sections: dict[str, Any]) -> Iterator[str]:
    """The section's heading and table, then those of the sections inside it."""
    required = section.get("required", [])
    inner = {key: _inner(path, key, field) for key, field in section["properties"].items()}
    rows = [
        f"| `{key}` | {_default(field, key in required)} | {_values(field)} | {_text(field)} |\n"
        for key, field in section["properties"].items()
        if inner[key] is None
    ]
    if path:
        yield f"\n## {path}\n\n{_text(section)}\n"
    if rows:
        yield "\n| key | default | values | meaning |\n|---|---|---|---|\n" + "".join(rows)
    for found in inner.values():
        if found is not None:
            yield from _section(found[0], sections[found[1]], sections)


def _inner(path: str, key: str, field: dict[str, Any]) -> tuple[str, str] | None:
    """Path and name of the section that a key holds, as itself, by name or in a list."""
    full = f"{path}.{key}" if path else key
    optional = [("", choice) for choice in field.get("anyOf", [])]
    for suffix, holder in (("", field), *optional, (".NAME", _mapped(field)), ("[]", field.get("items", {}))):
        if "$ref" in holder:
            return full + suffix, holder["$ref"].rsplit("/", 1)[-1]
    return None


def _mapped(field: dict[str, Any]) -> dict[str, Any]:
    """The schema of a mapping's values, empty for any; pydantic files it under the keys' pattern if they have one."""
    values = field.get("additionalProperties")
    return values if isinstance(values, dict) else next(iter(field.get("patternProperties", {}).values()), {})


def _default(field: dict[str, Any], required: bool) -> str:
    return "**required**" if required else f"`{_yaml(field['default'])}`"


def _yaml(value: Any) -> str:
    """A value as it would stand in config.yaml, on one line."""
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, str) and value and "\n" not in value else json.dumps(value)


def _values(field: dict[str, Any]) -> str:
    """The values a key takes, in words."""
    if "anyOf" in field:
        return " or ".join(_values(choice) for choice in field["anyOf"])
    if "enum" in field:
        return ", ".join(f"`{_yaml(value)}`" for value in field["enum"])
    if "prefixItems" in field:
        return f"[{', '.join(_values(item) for item in field['prefixItems'])}]"
    match field.get("type"):
        case "array":
            return f"list of {_values(field['items'])}"
        case "object":
            return f"mapping to {_values(_mapped(field)) if _mapped(field) else 'any value'}"
        case "string" if "pattern" in field:
            return _PATTERNS.get(field["pattern"]) or f"text matching `{field['pattern']}`".replace("|", "\\|")
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    bounds = " and ".join(f"{sign} {_yaml(field[bound])}" for bound, sign in signs.items() if bound in field)
    names = {"string": "text", "boolean": "`true`, `false`", "null": "`null`"}
    return f"{names.get(field['type'], field['type'])} {bounds}".rstrip()


def _text(field: dict[str, Any]) -> str:
    """A description on one line, in the words of YAML and Markdown."""
    text = re.sub(r"\bNone\b", "`null`", " ".join(field.get("description", "").split()))
    return text.replace("``", "`").replace("|", "\\|")
