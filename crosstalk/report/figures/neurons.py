"""Charts of units: how variance is spread, what roles they take, how much languages share."""

from __future__ import annotations

import altair as alt
import pandas as pd

from crosstalk.report.figures.style import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    ROW,
    SEQUENTIAL,
    SKY,
    VERMILION,
    Panel,
    Place,
    axis,
    panels,
    square,
)

QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
ROLES = {
    "semantic": BLUE,
    "syntactic in one language": "#F6C16B",
    "syntactic in several": ORANGE,
    "syntactic in all": VERMILION,
    "other": "#B9C0C6",
}
_UNIT_COLOURS = {"semantic": BLUE, "syntactic": VERMILION, "random": GREY}


def variance(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Variance inside equivalence sets over the units of a layer: median, middle half and middle 90 %.

    ``table``: profile, place, language, the quantiles ``QUANTILES`` (positive), text.
    """
    languages = sorted(set(table["language"]))
    several = table["profile"].nunique() > 1

    def draw(part: pd.DataFrame, place: Place) -> Panel:
        base = alt.Chart(part).encode(
            y=alt.Y("language:N", sort=languages, title=None, axis=axis(place.left)), description="text:N"
        )
        most = base.mark_rule(color=SKY, strokeWidth=2).encode(
            x=alt.X(
                "q05:Q",
                title="Variance inside sets",
                scale=alt.Scale(type="log"),
                axis=axis(place.bottom, format=".0e", tickCount=4),
            ),
            x2="q95:Q",
        )
        middle = base.mark_bar(color=BLUE, height={"band": 0.5}).encode(x="q25:Q", x2="q75:Q")
        median = base.mark_tick(color="white", thickness=2, height=ROW * 0.5).encode(x="q50:Q")
        return alt.layer(most, middle, median).properties(width=230, height=ROW * len(languages))

    panel = table["place"] + (", " + table["profile"] if several else "")
    return panels(table.assign(panel=panel), "panel", draw, columns=3)


def overlap(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Jaccard overlap of the syntax-sensitive units of two languages, a square for each partition.

    ``table``: partition, first, second, jaccard, expected (of random sets of the same sizes), text.
    The colours start at what random sets share.
    """
    languages = sorted({*table["first"], *table["second"]})
    side, readable = square(len(languages))
    low, high = float(table[["jaccard", "expected"]].min().min()), float(table["jaccard"].max())
    scale = alt.Scale(scheme=SEQUENTIAL, domain=[low, max(high, low + 0.01)])

    def draw(part: pd.DataFrame, place: Place) -> Panel:
        base = alt.Chart(part).encode(
            x=alt.X("second:N", sort=languages, title=None, axis=axis(place.bottom, labelAngle=-90)),
            y=alt.Y("first:N", sort=languages, title=None, axis=axis(place.left)),
            description="text:N",
        )
        layers = [base.mark_rect().encode(color=alt.Color("jaccard:Q", title="Jaccard", scale=scale))]
        if readable:
            layers.append(base.mark_text(fontSize=9).encode(text=alt.Text("jaccard:Q", format=".2f"), color=INK))
        return alt.layer(*layers).properties(width=side, height=side)

    return panels(table.assign(dark=table["jaccard"] < (low + high) / 2), "partition", draw, columns=2)


def roles(table: pd.DataFrame) -> alt.TopLevelMixin:
    """How many units of each layer take each role (``ROLES``), a panel for each partition.

    ``table``: partition, layer, role, units, text.
    """
    order = {role: place for place, role in enumerate(ROLES)}

    def draw(part: pd.DataFrame, place: Place) -> Panel:
        return (
            alt.Chart(part)
            .mark_bar(stroke="white", strokeWidth=0.5)
            .encode(
                x=alt.X("units:Q", title="Units", stack=True, axis=axis(place.bottom)),
                y=alt.Y("layer:O", title="Layer"),
                color=alt.Color("role:N", title=None, scale=alt.Scale(domain=list(ROLES), range=list(ROLES.values()))),
                order="order:Q",
                description="text:N",
            )
            .properties(width=460, height=ROW * 1.4 * part["layer"].nunique())
        )

    return panels(table.assign(order=table["role"].map(order)), "partition", draw, columns=1)


def truth(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Accuracy of probes that read what the world knows from each set of units, with its interval.

    ``table``: label, units, accuracy, ci_low, ci_high (shares), text.
    """
    units = list(dict.fromkeys(table["units"]))
    colours = [_UNIT_COLOURS.get(name, GREY) for name in units]

    def draw(part: pd.DataFrame, place: Place) -> Panel:
        base = alt.Chart(part).encode(
            y=alt.Y("units:N", sort=units, title=None, axis=axis(place.left)),
            color=alt.Color("units:N", sort=units, legend=None, scale=alt.Scale(domain=units, range=colours)),
            description="text:N",
        )
        intervals = base.mark_rule(strokeWidth=2).encode(
            x=alt.X(
                "ci_low:Q",
                title="Accuracy",
                axis=axis(place.bottom, format="%", tickCount=5),
                scale=alt.Scale(zero=False),
            ),
            x2="ci_high:Q",
        )
        points = base.mark_point(filled=True, size=60, opacity=1).encode(x="accuracy:Q")
        return alt.layer(intervals, points).properties(width=300, height=ROW * 1.2 * len(units))

    return panels(table, "label", draw, columns=2)
