"""Configuration files and single settings, merged as Snakemake merges them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from crosstalk.errors import CrosstalkError


def merged(files: Iterable[Path], entries: Iterable[str] = ()) -> dict[str, Any]:
    """Files (YAML or JSON), then ``KEY=VALUE`` entries, each over what came before; mappings are merged deeply.

    Raises CrosstalkError when a file cannot be read or is no mapping, or an entry is no ``KEY=VALUE``.
    """
    settings: dict[str, Any] = {}
    for file in files:
        settings = _over(settings, _read(file))
    given: dict[str, Any] = {}
    for entry in entries:
        given = _over(given, _entry(entry))
    complete: dict[str, Any] = _over(settings, given)
    return complete


def _over(settings: Any, changes: Mapping[str, Any]) -> Any:
    """Changes over settings; an empty mapping changes nothing, and a mapping replaces what is none."""
    if not changes:
        return settings
    result = dict(settings) if isinstance(settings, Mapping) else {}
    for key, value in changes.items():
        result[key] = _over(result.get(key, {}), value) if isinstance(value, Mapping) else value
    return result


def _read(file: Path) -> dict[str, Any]:
    try:
        settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CrosstalkError(f"{file}: not readable ({error.strerror}); expected a configuration file") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CrosstalkError(f"{file}: not valid YAML ({' '.join(str(error).split())})") from error
    if not isinstance(settings, dict):
        raise CrosstalkError(f"{file}: no configuration; expected a mapping with keys such as benchmarks")
    return settings


def _entry(entry: str) -> dict[str, Any]:
    """A setting as ``snakemake --config`` reads it: a number, True or False, else YAML whose values stay text."""
    key, equals, text = entry.partition("=")
    if not equals or not re.fullmatch(r"[a-zA-Z_][\w-]*\w", key):
        raise CrosstalkError(f"--config {entry}: expected KEY=VALUE")
    text = text.strip("'\"")
    parsers: tuple[Callable[[str], Any], ...] = (int, float, {"True": True, "False": False, "": None}.__getitem__)
    for parse in parsers:
        try:
            return {key: parse(text)}
        except (ValueError, KeyError):
            continue
    try:
        return {key: yaml.load(text, Loader=yaml.BaseLoader)}
    except yaml.YAMLError:
        return {key: text}
