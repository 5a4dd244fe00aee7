"""Charts of part 3: NeuMT at other settings, and what layers and neurons are chosen by."""

from __future__ import annotations

import altair as alt
import pandas as pd

from crosstalk.report.figures.style import BLUE, GREY, ROW, SEQUENTIAL, SKY, VERMILION, Panel, Place, axis, panels

_WIDTH = 560
_MEAN = "all languages"


def sweep(table: pd.DataFrame, title: str) -> alt.TopLevelMixin:
    """BLEU over a setting, a panel for each language and one for their mean, with intervals (Fig. 3).

    ``table``: panel, setting (a share), value, ci_low, ci_high (BLEU), baseline (BLEU of full fine-tuning), text.
    """

    def draw(part: pd.DataFrame, place: Place) -> Panel:
        base = alt.Chart(part).encode(
            x=alt.X(
                "setting:Q", title=title, axis=axis(place.bottom, format="~%", values=sorted(set(part["setting"])))
            ),
            description="text:N",
        )
        y = alt.Y("ci_low:Q", title="BLEU", scale=alt.Scale(zero=False), axis=axis(True, tickCount=4))
        return alt.layer(
            alt.Chart(part).mark_rule(color=GREY, strokeDash=[3, 3], aria=False).encode(y="mean(baseline):Q"),
            base.mark_rule(color=BLUE).encode(y=y, y2="ci_high:Q"),
            base.mark_line(color=BLUE, strokeWidth=1).encode(y="value:Q"),
            base.mark_point(filled=True, opacity=1, color=BLUE, size=35).encode(y="value:Q"),
        ).properties(width=150, height=110)

    return panels(table, "panel", draw, columns=4).resolve_scale(y="independent")


def layers(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Importance of every layer (columns, in the order of depth) for every language (rows) (Fig. 4a).

    ``table``: layer, language, importance (1 - Eq. 3), text.
    """
    count = int(table["layer"].nunique())
    return (
        alt.Chart(table)
        .mark_rect()
        .encode(
            x=alt.X("layer:O", title="Layer, from the projector up", axis=alt.Axis(labelOverlap=True, labelAngle=0)),
            y=alt.Y("language:N", title=None),
            color=alt.Color("importance:Q", title="Importance", scale=alt.Scale(scheme=SEQUENTIAL)),
            description="text:N",
        )
        .properties(width=max(_WIDTH, 3 * count), height=ROW * max(2, int(table["language"].nunique())))
    )


def neurons(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Variance over languages of the neurons of each chosen layer, in the order of their variance (Fig. 4b).

    ``table``: layer, share (of the layer's neurons that vary at least as much), variance (of the layer's largest),
    specific (the share that is specific), text.
    """
    middle = table.groupby("share", as_index=False)["variance"].median()
    x = alt.X("share:Q", title="Neurons of a layer, those that vary most first", axis=alt.Axis(format="~%"))
    y = alt.Y("variance:Q", title="Variance (largest of the layer = 1)", scale=alt.Scale(type="log"))
    lines = alt.Chart(table).mark_line(strokeWidth=1, opacity=0.5, color=SKY).encode(x=x, y=y, detail="layer:N")
    median = alt.Chart(middle).mark_line(color=BLUE, strokeWidth=2.5).encode(x=x, y=y)
    border = alt.Chart(table.head(1)).mark_rule(color=VERMILION, strokeDash=[4, 3]).encode(x="specific:Q")
    return alt.layer(lines.encode(description="text:N"), median, border).properties(width=_WIDTH, height=260)
