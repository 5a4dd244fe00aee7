"""Figures of the report: each is a function, table → chart."""

from __future__ import annotations

from collections.abc import Callable

import altair as alt
import pandas as pd

from crosstalk.report.figures.gradients import gamma
from crosstalk.report.figures.neurons import overlap, roles, truth, variance
from crosstalk.report.figures.scores import differences, sensitivity, zero_shot, zero_shot_difference
from crosstalk.report.figures.style import inline_svg, save_svg, to_svg
from crosstalk.report.figures.work import cost, curves

FIGURES: dict[str, Callable[[pd.DataFrame], alt.TopLevelMixin]] = {
    "differences": differences,
    "sensitivity": sensitivity,
    "zero_shot": zero_shot,
    "zero_shot_difference": zero_shot_difference,
    "gamma": gamma,
    "variance": variance,
    "overlap": overlap,
    "roles": roles,
    "truth": truth,
    "curves": curves,
    "cost": cost,
}

__all__ = ["FIGURES", "inline_svg", "save_svg", "to_svg"]
