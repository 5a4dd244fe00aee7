"""Charts of gradient consistency."""

from __future__ import annotations

import altair as alt
import pandas as pd

from crosstalk.report.figures.style import BLUE, GREY, ROW, Panel, Place, axis, panels


def gamma(table: pd.DataFrame) -> alt.TopLevelMixin:
    """γ of each language (Eq. 2) beside the band that independent noise gives, a panel for each model.

    ``table``: language, model, gamma, null, null_low, null_high, text.
    """
    languages = list(dict.fromkeys(table.sort_values("gamma", ascending=False)["language"]))

    def draw(part: pd.DataFrame, place: Place) -> Panel:
        base = alt.Chart(part).encode(
            y=alt.Y("language:N", sort=languages, title=None, axis=axis(place.left)), description="text:N"
        )
        band = base.mark_bar(color=GREY, opacity=0.4, height={"band": 0.6}).encode(
            x=alt.X(
                "null_low:Q",
                title="γ (band: independent noise)",
                scale=alt.Scale(zero=False),
                axis=axis(place.bottom, tickCount=5),
            ),
            x2="null_high:Q",
        )
        expected = base.mark_tick(color=GREY, thickness=2, height=ROW * 0.6).encode(x="null:Q")
        points = base.mark_point(filled=True, size=60, opacity=1, color=BLUE).encode(x="gamma:Q")
        return alt.layer(band, expected, points).properties(width=300, height=ROW * len(languages))

    return panels(table, "model", draw, columns=2)
