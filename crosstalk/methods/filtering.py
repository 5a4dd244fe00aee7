"""A method's filter: its module gives the factor, the partition says where it applies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from crosstalk.config.nrd import Filter
from crosstalk.errors import CrosstalkError
from crosstalk.methods.registry import module


def factors_of(partition: pd.DataFrame, gamma: pd.DataFrame | None, settings: Mapping[str, Any]) -> dict[str, float]:
    """Factor of each language's syntax-sensitive units; ``settings`` is the Filter section plus the filter's ``name``.

    Raises CrosstalkError when the filter needs a gamma that a language has none of.
    """
    chosen = module("filter", settings["name"])
    section = Filter.model_validate({key: value for key, value in settings.items() if key != "name"})
    known = {} if gamma is None else dict(zip(gamma["language"], gamma["gamma"], strict=True))
    languages = sorted(partition["language"].unique())
    if chosen.NEEDS_GAMMA and (missing := [language for language in languages if language not in known]):
        raise CrosstalkError(f"gamma: {missing[0]} has none; expected dev sentences of {missing[0]} with the pivot")
    return {language: chosen.factor(section, known.get(language, 0.0)) for language in languages}
