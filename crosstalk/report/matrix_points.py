"""Charts of part 2 that set one number against another, or beside its interval."""

from __future__ import annotations

import altair as alt
import pandas as pd

from crosstalk.report.figures.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    ROW,
    SKY,
    VERMILION,
    Panel,
    Place,
    axis,
    panels,
)
from crosstalk.report.matrix_strips import LABEL, scale

_PALETTE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)
_LABELLED = 24
"""Of more points than this, only those far out are labelled."""
_PERCENT = alt.Axis(format="~%", tickCount=6)
_MANY = 300
"""More intervals than this are drawn fainter."""


def robustness(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Friendliness against robustness, with intervals (Fig. 3).

    ``table``: language, group, robustness, robustness_low, robustness_high and the same of friendliness, text.
    """
    groups = list(table["group"].value_counts().index)
    shown = groups if len(groups) <= len(_PALETTE) else groups[: len(_PALETTE) - 1]
    colours = dict(zip(shown, _PALETTE, strict=False)) | ({"other": GREY} if len(shown) < len(groups) else {})
    rows = table.assign(group=table["group"].where(table["group"].isin(shown), "other"), label=_far(table))
    base = alt.Chart(rows).encode(color=alt.Color("group:N", title=None, scale=scale(colours)), description="text:N")
    x = _across("robustness", "Robustness (row mean)")
    y = _upright("friendliness", "Friendliness (column mean)")
    points = base.mark_point(filled=True, size=55, opacity=1).encode(x=x, y=y)
    across = base.mark_rule(opacity=0.35, aria=False).encode(x="robustness_low:Q", x2="robustness_high:Q", y=y)
    upright = base.mark_rule(opacity=0.35, aria=False).encode(y="friendliness_low:Q", y2="friendliness_high:Q", x=x)
    names = alt.Chart(rows).mark_text(align="left", dx=6, dy=-5, fontSize=10, color=LABEL, aria=False)
    layers = (points, across, upright, names.encode(x=x, y=y, text="label:N"))
    return alt.layer(*layers).properties(width=600, height=440).configure_legend(orient="bottom", columns=6)


def resources(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Mean robustness and friendliness of each resource level, with intervals (Fig. 6).

    ``table``: level, kind (robustness, friendliness), mean, low, high (shares of the loss alone), text.
    """
    levels = list(dict.fromkeys(table["level"]))

    def draw(part: pd.DataFrame, place: Place) -> Panel:
        base = alt.Chart(part).encode(
            y=alt.Y("level:N", sort=levels, title=None, axis=axis(place.left)), description="text:N"
        )
        return alt.layer(
            base.mark_rule(strokeWidth=2, color=BLUE).encode(x=_across("low", "Mean interference"), x2="high:Q"),
            base.mark_point(filled=True, size=60, opacity=1, color=BLUE).encode(x="mean:Q"),
        ).properties(width=300, height=ROW * 1.4 * len(levels))

    return panels(table, "kind", draw, columns=2)


def validation(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Rank correlation and coverage of predictions of held-out pairs over the share of pairs they were made from.

    ``table``: share, model, chosen, rank_correlation, coverage, confidence (shares from 0 to 1), text; a point for
    each model and draw, a line through the mean of those chosen.
    """
    kinds = {"chosen model": BLUE, "other models": GREY}
    rows = table.assign(kind=table["chosen"].map(dict(zip((True, False), kinds, strict=True))))
    x = alt.X("share:Q", title="Share of the measured pairs that is given", axis=_PERCENT, scale=alt.Scale(zero=True))

    def draw(column: str, title: str, claimed: bool) -> Panel:
        y = alt.Y(f"{column}:Q", title=title, scale=alt.Scale(zero=False, padding=8), axis=alt.Axis(tickCount=5))
        base = alt.Chart(rows).encode(x=x)
        chosen = base.transform_filter("datum.chosen").mark_line(color=BLUE, strokeWidth=1.5, aria=False)
        points = base.mark_point(filled=True, size=35).encode(
            y=y,
            color=alt.Color("kind:N", title=None, scale=scale(kinds)),
            opacity=alt.condition("datum.chosen", alt.value(0.9), alt.value(0.35)),
            description="text:N",
        )
        layers = [points, chosen.encode(y=alt.Y(f"mean({column}):Q", title=title))]
        if claimed:
            rule = alt.Chart(rows).mark_rule(color=GREY, strokeDash=[4, 3], aria=False)
            layers.insert(0, rule.encode(y=alt.Y("mean(confidence):Q", title=title)))
        return alt.layer(*layers).properties(width=330, height=220)

    return alt.hconcat(
        draw("rank_correlation", "Rank correlation", False),
        draw("coverage", "Share of cells inside their interval", True),
    ).configure_legend(orient="bottom")


def prediction(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Predicted against measured interference on held-out cells, with the prediction's interval.

    ``table``: measured, predicted, low, high (shares of the loss alone), inside (the interval has the value), text.
    """
    kinds = {"interval has the measured value": BLUE, "interval misses it": VERMILION}
    kind = table["inside"].map(dict(zip((True, False), kinds, strict=True)))
    both = table[["measured", "predicted"]]
    low, high = float(both.min().min()), float(both.max().max())
    equal = alt.Chart(pd.DataFrame({"measured": [low, high], "predicted": [low, high]}))
    x, y = _across("measured", "Measured"), _upright("predicted", "Predicted")
    base = alt.Chart(table.assign(kind=kind)).encode(
        x=x, color=alt.Color("kind:N", title=None, scale=scale(kinds)), description="text:N"
    )
    layers = (
        base.mark_point(filled=True, size=30, opacity=0.7).encode(y=y),
        base.mark_rule(opacity=0.3 if len(table) <= _MANY else 0.06, aria=False).encode(y="low:Q", y2="high:Q"),
        equal.mark_line(color=GREY, strokeDash=[4, 3], aria=False).encode(x=x, y=y),
    )
    return alt.layer(*layers).properties(width=400, height=400).configure_legend(orient="bottom")


def _across(column: str, title: str) -> alt.X:
    return alt.X(f"{column}:Q", title=title, scale=alt.Scale(zero=False), axis=_PERCENT)


def _upright(column: str, title: str) -> alt.Y:
    return alt.Y(f"{column}:Q", title=title, scale=alt.Scale(zero=False), axis=_PERCENT)


def _far(table: pd.DataFrame) -> pd.Series:
    """Names to write beside points: all, or of many those farthest from the middle."""
    if len(table) <= _LABELLED:
        return table["language"]
    sides = table[["robustness", "friendliness"]]
    distance = (((sides - sides.mean()) / sides.std()) ** 2).sum(axis=1)
    return table["language"].where(distance.rank(ascending=False) <= _LABELLED, "")
