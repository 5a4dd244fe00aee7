"""Charts of the work: training curves and the cost of stages."""

from __future__ import annotations

import altair as alt
import pandas as pd

from crosstalk.report.figures.style import BLUE, ROW, SKY, VERMILION, Panel, Place, panels

_LOSSES = {"training": SKY, "dev": VERMILION}
_UNITS = ((3600.0, "hours"), (60.0, "minutes"), (1.0, "seconds"))


def curves(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Loss on training and dev data over the steps, a panel for each model with axes of its own.

    ``table``: model, step, part (training, dev), loss (nats per token).
    """
    colour = alt.Color("part:N", title=None, scale=alt.Scale(domain=list(_LOSSES), range=list(_LOSSES.values())))

    def draw(part: pd.DataFrame, place: Place) -> Panel:
        loss = "Loss (nats per token)" if place.left else None
        return (
            alt.Chart(part)
            .mark_line(strokeWidth=1.5)
            .encode(
                x=alt.X("step:Q", title="Step", axis=alt.Axis(tickCount=4, format="~s")),
                y=alt.Y("loss:Q", title=loss, scale=alt.Scale(zero=False)),
                color=colour,
            )
            .properties(width=230, height=150)
        )

    return (
        panels(table, "model", draw, columns=3)
        .resolve_scale(x="independent", y="independent", color="shared")
        .configure_legend(orient="bottom")
    )


def cost(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Wall-clock time of all jobs of each stage.

    ``table``: stage, seconds, text.
    """
    longest = float(table["seconds"].max())
    size, unit = next((size, unit) for size, unit in _UNITS if longest >= 2 * size or size == 1)
    return (
        alt.Chart(table.assign(time=table["seconds"] / size))
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X("time:Q", title=f"Wall-clock time of all jobs ({unit})"),
            y=alt.Y("stage:N", sort=list(table["stage"]), title=None),
            description="text:N",
        )
        .properties(width=460, height=ROW * len(table))
    )
