"""Which trainings and filters exist: one module each, found by its file name, imported only when used."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

_FOLDERS = {"training": "training", "filter": "filters"}


def available(factor: str) -> list[str]:
    """Names of the modules of a factor (``training`` or ``filter``), without importing them."""
    folder = Path(__file__).parent / _FOLDERS[factor]
    return sorted(file.stem for file in folder.glob("*.py") if file.stem != "__init__")


def module(factor: str, name: str) -> ModuleType:
    """The module that implements ``name``; it must be one of ``available(factor)``."""
    return import_module(f"crosstalk.methods.{_FOLDERS[factor]}.{name}")
