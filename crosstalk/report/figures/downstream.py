"""Chart of the downstream evaluation: how well sentences are classified with every kind of encoder."""

from __future__ import annotations

import altair as alt
import pandas as pd

from crosstalk.report.figures.style import BLUE, GREY, ROW, VERMILION, Panel, Place, axis, panels

_KINDS = {"harms little": BLUE, "harms much": VERMILION, "no partner": GREY}


def accuracies(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Accuracy of every condition with its interval, a panel for each task and language.

    ``table``: panel, condition, kind (one of three), value, ci_low, ci_high (per cent), text.
    """
    conditions = list(dict.fromkeys(table["condition"]))
    colour = alt.Color("kind:N", title=None, scale=alt.Scale(domain=list(_KINDS), range=list(_KINDS.values())))

    def draw(part: pd.DataFrame, place: Place) -> Panel:
        base = alt.Chart(part).encode(
            y=alt.Y("condition:N", sort=conditions, title=None, axis=axis(place.left)),
            color=colour,
            description="text:N",
        )
        x = alt.X("ci_low:Q", title="Accuracy, %", scale=alt.Scale(zero=False), axis=axis(place.bottom, tickCount=5))
        return alt.layer(
            base.mark_rule(strokeWidth=2).encode(x=x, x2="ci_high:Q"),
            base.mark_point(filled=True, size=55, opacity=1).encode(x="value:Q"),
        ).properties(width=190, height=ROW * len(conditions))

    return panels(table, "panel", draw, columns=3).configure_legend(orient="bottom")
