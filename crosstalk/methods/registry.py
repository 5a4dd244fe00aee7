"""Which trainings and filters exist: one module each, found by its file name, imported only when used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel, ValidationError

from crosstalk.errors import nearest
from crosstalk.tokens.bitexts import Direction

_FOLDERS = {"training": "training", "filter": "filters"}


def available(factor: str) -> list[str]:
    """Names of the modules of a factor (``training`` or ``filter``), without importing them."""
    folder = Path(__file__).parent / _FOLDERS[factor]
    return sorted(file.stem for file in folder.glob("*.py") if file.stem != "__init__")


def module(factor: str, name: str) -> ModuleType:
    """The module that implements ``name``; it must be one of ``available(factor)``."""
    return import_module(f"crosstalk.methods.{_FOLDERS[factor]}.{name}")


def options(training: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """All options of a training, the defaults of those not ``given`` included; ``option_fault`` finds none."""
    chosen = _options(training)
    return {} if chosen is None else dict(chosen.model_validate(given).model_dump(mode="json"))


def option_fault(training: str, given: Mapping[str, Any]) -> str:
    """What is wrong with the options of a training: ``.key: problem``; empty when nothing is."""
    chosen = _options(training)
    if chosen is None:
        return f": training {training!r} has none, given {', '.join(given)}" if given else ""
    try:
        chosen.model_validate(given)
    except ValidationError as error:
        problem = error.errors()[0]
        key = ".".join(map(str, problem["loc"]))
        if problem["type"] == "extra_forbidden":
            return f": unknown key {key!r}{nearest(key, chosen.model_fields)}"
        return f".{key}: {problem['msg'].removeprefix('Value error, ')}, given {problem['input']!r}"
    return ""


def _options(training: str) -> type[BaseModel] | None:
    return None if training == "none" else getattr(module("training", training), "Options", None)


def keys(training: str, given: Mapping[str, Any], pivot: str) -> Callable[[str, str], tuple[str, str] | None] | None:
    """Source and target language -> variants of a training's model (``models.variants``); None when it has none."""
    chosen = None if training == "none" else getattr(module("training", training), "variant", None)
    if chosen is None:
        return None
    return lambda src, tgt: chosen(Direction(src, tgt), pivot, given)
