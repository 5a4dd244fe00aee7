"""Methods that differ from another in one setting."""

from __future__ import annotations

from typing import Any, NamedTuple

from crosstalk.config.nrd import Method, Overridable
from crosstalk.config.root import Config


class Variation(NamedTuple):
    """A setting of a section and its value."""

    section: Overridable
    key: str
    value: float


def variations(config: Config) -> dict[str, Variation]:
    """Name of a method that only varies ``sensitivity.method`` -> what it varies; none when that does not run."""
    chosen = config.sensitivity
    if chosen.method is None or chosen.method not in (
        config.methods if config.nmt.methods is None else config.nmt.methods
    ):
        return {}
    values = [Variation("filter", "alpha", value) for value in chosen.alpha]
    values += [Variation("selection", key, value) for key in ("p_sem", "p_syn", "k") for value in getattr(chosen, key)]
    return {"-".join((chosen.method, one.key, written(one.value))): one for one in values}


def varied(config: Config) -> dict[str, Method]:
    """The methods of the configuration, then its variations."""
    found = dict(config.methods)
    for name, one in variations(config).items():
        base = config.methods[config.sensitivity.method or ""]
        own: dict[str, Any] = {**base.settings.get(one.section, {}), one.key: one.value}
        label = f"{base.label}, {one.key} {one.value:g}"
        update = {"settings": {**base.settings, one.section: own}, "label": label, "published": ""}
        found[name] = base.model_copy(update=update)
    return found


def written(value: object) -> str:
    """A number as part of a path."""
    return f"{value:g}".replace(".", "_") if isinstance(value, (int, float)) else str(value)
