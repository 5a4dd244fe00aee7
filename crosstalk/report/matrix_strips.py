"""Charts of part 2 with a column for each language."""

from __future__ import annotations

from typing import Literal

import altair as alt
import pandas as pd

from crosstalk.report.figures.style import BLUE, GREEN, GREY, ORANGE, SKY, VERMILION, Panel, Place, axis, panels

LABEL = "currentColor"
"""Colour of text inside a chart: that of the text around it."""
_WIDTH, _NARROW, _BROAD = 900, 11, 34
"""Width that a chart aims at, and the least and the most that a column takes (pixels)."""


def convergence(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Mean loss of each language over all its models, with the bounds beyond which it is an outlier (Fig. 1).

    ``table``: language, loss (nats per masked token), lower, upper (the bounds, the same in each row), outlier, text.
    """
    languages = list(table.sort_values("loss")["language"])
    kinds = table["outlier"].map({True: "outlier", False: "within the bounds"})
    colour = alt.Color("kind:N", title=None, scale=scale({"within the bounds": BLUE, "outlier": VERMILION}))
    shape = alt.Shape("kind:N", title=None, scale=scale({"within the bounds": "circle", "outlier": "diamond"}))
    points = (
        alt.Chart(table.assign(kind=kinds))
        .mark_point(filled=True, size=60, opacity=1)
        .encode(
            x=_languages(languages),
            y=alt.Y("loss:Q", title="Mean loss (nats per masked token)", scale=alt.Scale(zero=False)),
            color=colour,
            shape=shape,
            description="text:N",
        )
    )
    width = _width(languages)
    bounds = [
        _bound(table["lower"].iloc[0], "Q1 − 1.5 IQR", "right", width),
        _bound(table["upper"].iloc[0], "Q3 + 1.5 IQR", "left", 0),
    ]
    return alt.layer(*bounds, points).properties(width=width, height=240).configure_legend(orient="bottom")


def training(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Loss of the first update and the mean of the last tenth, for each language trained alone.

    ``table``: language, first, last (nats per scored token), text.
    """
    languages = list(table.sort_values("last")["language"])
    parts = table.melt(["language", "text"], ["first", "last"], "part", "loss")
    names = {"first": "first update", "last": "last tenth"}
    colours = scale({"first update": SKY, "last tenth": BLUE})
    base = alt.Chart(table).encode(x=_languages(languages))
    falls = base.mark_rule(color=GREY, strokeWidth=2).encode(
        y=alt.Y("first:Q", title="Training loss (nats per scored token)", scale=alt.Scale(zero=True)),
        y2="last:Q",
        description="text:N",
    )
    ends = (
        alt.Chart(parts.assign(part=parts["part"].map(names)))
        .mark_point(filled=True, size=45, opacity=1)
        .encode(
            x=_languages(languages),
            y="loss:Q",
            color=alt.Color("part:N", title=None, scale=colours),
            description="text:N",
        )
    )
    return alt.layer(falls, ends).properties(width=_width(languages), height=220).configure_legend(orient="bottom")


def exposure(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Mean interference on each language as the sum of dilution and conflict.

    ``table``: language, interference, dilution, conflict (shares of the loss alone), text.
    """
    languages = list(table.sort_values("interference")["language"])
    parts = table.melt(["language", "text"], ["dilution", "conflict"], "part", "share")
    x = _languages(languages)
    bars = (
        alt.Chart(parts)
        .mark_bar()
        .encode(
            x=x,
            y=alt.Y("share:Q", stack="zero", title="Mean over added languages", axis=alt.Axis(format="~%")),
            color=alt.Color("part:N", title=None, scale=scale({"dilution": SKY, "conflict": VERMILION})),
            description="text:N",
        )
    )
    sums = (
        alt.Chart(table.assign(part="interference"))
        .mark_point(filled=True, shape="diamond", size=45, opacity=1, stroke="white", strokeWidth=1)
        .encode(
            x=x,
            y="interference:Q",
            fill=alt.Fill("part:N", title=None, scale=scale({"interference": "#222222"})),
            description="text:N",
        )
    )
    return (
        alt.layer(bars, sums)
        .resolve_scale(fill="independent")
        .properties(width=_width(languages), height=240)
        .configure_legend(orient="bottom")
    )


def correlation(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Rank correlation of embedding similarity with each language's row, and its interval, a panel for each encoder.

    ``table``: language, embedder, rho, low, high, text.
    """
    languages = list(table.groupby("language")["rho"].mean().sort_values(ascending=False).index)
    sure = (table["low"] > 0) | (table["high"] < 0)
    kinds = sure.map({True: "interval excludes 0", False: "interval includes 0"})
    colour = alt.Color("kind:N", title=None, scale=scale({"interval excludes 0": GREEN, "interval includes 0": GREY}))

    def draw(part: pd.DataFrame, place: Place) -> Panel:
        base = alt.Chart(part).encode(x=_languages(languages, shown=place.bottom), color=colour, description="text:N")
        limits = alt.Scale(domain=[-1, 1])
        return alt.layer(
            alt.Chart(part).mark_rule(color=GREY, strokeDash=[3, 3], aria=False).encode(y="zero:Q"),
            base.mark_rule(strokeWidth=2).encode(
                y=alt.Y("low:Q", title="Rank correlation ρ", scale=limits), y2="high:Q"
            ),
            base.mark_point(filled=True, size=45, opacity=1).encode(y="rho:Q"),
        ).properties(width=_width(languages), height=180)

    return panels(table.assign(kind=kinds, zero=0.0), "embedder", draw, columns=1).configure_legend(orient="bottom")


def similarity(table: pd.DataFrame) -> alt.TopLevelMixin:
    """A language's row of the matrix above its similarity to each encoder, the same order in all (Figs. 7, 9-17).

    ``table``: embedder, added_language, interference (share of the loss alone), measured, similarity (cosine), text.
    Points of predicted cells are hollow.
    """
    row = table.drop_duplicates("added_language")
    languages = list(row.sort_values("interference", ascending=False)["added_language"])
    embedders = list(dict.fromkeys(table["embedder"]))

    def line(part: pd.DataFrame, column: str, title: str, colour: str, last: bool) -> Panel:
        form = "~%" if column == "interference" else "~g"
        base = alt.Chart(part).encode(
            x=_languages(languages, "added_language", last),
            y=alt.Y(f"{column}:Q", title=title, scale=alt.Scale(zero=False), axis=alt.Axis(format=form, tickCount=5)),
            description="text:N",
        )
        return alt.layer(
            base.mark_line(color=colour, strokeWidth=1.5, aria=False),
            base.mark_point(size=40, opacity=1, stroke=colour).encode(
                fill=alt.condition("datum.measured", alt.value(colour), alt.value("transparent"))
            ),
        ).properties(width=_width(languages), height=120)

    lower = [
        line(table[table["embedder"] == name], "similarity", f"Similarity, {name}", ORANGE, name == embedders[-1])
        for name in embedders
    ]
    return alt.vconcat(line(row, "interference", "Interference", BLUE, False), *lower).resolve_scale(x="shared")


def nothing() -> alt.TopLevelMixin:
    """In place of a figure without rows."""
    text = pd.DataFrame({"text": ["Nothing was measured for this figure."]})
    return alt.Chart(text).mark_text(color=LABEL, fontSize=12).encode(text="text:N").properties(width=300, height=40)


def _bound(value: float, text: str, align: Literal["left", "right"], at: int) -> Panel:
    """A line across the chart, named where sorted points leave room."""
    base = alt.Chart(pd.DataFrame({"loss": [value], "text": [text]})).encode(y="loss:Q")
    name = base.mark_text(align=align, dy=-6, dx=4 if align == "left" else -4, color=LABEL, aria=False)
    return alt.layer(
        base.mark_rule(color=GREY, strokeDash=[4, 3], aria=False), name.encode(x=alt.value(at), text="text:N")
    )


def _languages(order: list[str], column: str = "language", shown: bool = True) -> alt.X:
    return alt.X(f"{column}:N", sort=order, title=None, axis=axis(shown, labelAngle=-90, labelOverlap=False))


def _width(languages: list[str]) -> int:
    return len(languages) * max(_NARROW, min(_BROAD, _WIDTH // max(len(languages), 1)))


def scale(values: dict[str, str]) -> alt.Scale:
    """Category -> colour or shape."""
    return alt.Scale(domain=list(values), range=list(values.values()))
