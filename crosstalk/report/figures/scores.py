"""Charts of scores: differences from the baseline, and every zero-shot direction."""

from __future__ import annotations

import altair as alt
import pandas as pd

from crosstalk.report.figures.style import (
    BLUE,
    DIVERGING,
    GREY,
    INK,
    ROW,
    SEQUENTIAL,
    VERMILION,
    Panel,
    Place,
    axis,
    panels,
    square,
)

_VERDICTS = {"better": BLUE, "worse": VERMILION, "interval covers 0": GREY}
_FAR = 2
"""How many times the difference (the far end of its interval) that four of five stay below is still drawn to scale."""


def differences(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Difference of each method from the baseline in each group of directions, with its interval.

    One far beyond most (a model that has learnt nothing, say) stands at the edge, its number beside it.
    ``table``: group, method, value, ci_low, ci_high (BLEU), text.
    """
    reach = max(1.0, _FAR * float(table[["ci_low", "ci_high"]].abs().max(axis=1).quantile(0.8)))
    beyond = table["value"].abs() > reach
    number = table["value"].map("{:+.1f}".format).where(beyond, "").str.replace("-", "−")
    placed = {column: table[column].clip(-reach, reach) for column in ("value", "ci_low", "ci_high")}
    verdict = pd.Series("interval covers 0", index=table.index)
    verdict[table["ci_low"] > 0] = "better"
    verdict[table["ci_high"] < 0] = "worse"
    methods = list(dict.fromkeys(table["method"]))
    colour = alt.Color("verdict:N", title=None, scale=alt.Scale(domain=list(_VERDICTS), range=list(_VERDICTS.values())))

    def draw(part: pd.DataFrame, place: Place) -> Panel:
        base = alt.Chart(part).encode(
            y=alt.Y("method:N", sort=methods, title=None, axis=axis(place.left)), description="text:N"
        )
        return alt.layer(
            base.mark_rule(color=GREY, strokeDash=[3, 3]).encode(x="zero:Q"),
            base.mark_rule(strokeWidth=2).encode(
                x=alt.X("ci_low:Q", title="BLEU − baseline's BLEU", axis=axis(place.bottom, tickCount=5)),
                x2="ci_high:Q",
                color=colour,
            ),
            base.mark_point(filled=True, size=55, opacity=1).encode(x="value:Q", color=colour),
            base.mark_text(align="left", dx=7, fontSize=10).encode(x="value:Q", text="number:N"),
        ).properties(width=210, height=ROW * len(methods))

    drawn = table.assign(**placed, verdict=verdict, number=number, zero=0.0)
    return panels(drawn, "group", draw, columns=3).configure_legend(orient="bottom")


def sensitivity(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Difference of a method from the baseline over each of its settings, with intervals, for each group.

    ``table``: group, key, setting, value, ci_low, ci_high (BLEU), configured (the method as it is), text.
    """
    keys = list(dict.fromkeys(table["key"]))
    kind = alt.condition("datum.configured", alt.value(80), alt.value(35))

    def draw(part: pd.DataFrame, place: Place) -> Panel:
        base = alt.Chart(part).encode(
            x=alt.X("setting:Q", title=part["key"].iloc[0], axis=axis(place.bottom, tickCount=5)), description="text:N"
        )
        title = "BLEU − baseline's BLEU"
        return alt.layer(
            alt.Chart(part).mark_rule(color=GREY, strokeDash=[3, 3]).encode(y="zero:Q"),
            base.mark_rule(color=BLUE).encode(y=alt.Y("ci_low:Q", title=title, axis=axis(place.left)), y2="ci_high:Q"),
            base.mark_line(color=BLUE, strokeWidth=1).encode(y="value:Q"),
            base.mark_point(filled=True, opacity=1, color=BLUE).encode(y="value:Q", size=kind),
        ).properties(width=150, height=120)

    named = table.assign(zero=0.0, panel=table["group"] + ", " + table["key"])
    return panels(named, "panel", draw, columns=len(keys)).resolve_scale(x="independent")


def zero_shot(table: pd.DataFrame) -> alt.TopLevelMixin:
    """BLEU of every zero-shot direction, a square for each method.

    ``table``: source, target, method, value, text.
    """
    top = max(float(table["value"].max()), 1.0)
    colour = alt.Color("value:Q", title="BLEU", scale=alt.Scale(scheme=SEQUENTIAL, domain=[0, top]))
    return _squares(table.assign(dark=table["value"] < 0.5 * top), colour, ".1f")


def zero_shot_difference(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Difference from the baseline in every zero-shot direction, a square for each method.

    ``table``: source, target, method, value (BLEU), text.
    """
    reach = max(float(table["value"].abs().max()), 1.0)
    scale = alt.Scale(scheme=DIVERGING, domain=[-reach, reach], domainMid=0, reverse=True)
    colour = alt.Color("value:Q", title="Difference", scale=scale)
    return _squares(table.assign(dark=table["value"].abs() > 0.7 * reach), colour, "+.1f")


def _squares(table: pd.DataFrame, colour: alt.Color, number: str) -> alt.TopLevelMixin:
    """Heat maps over source (rows) and target (columns); numbers are light on ``dark`` cells."""
    languages = sorted({*table["source"], *table["target"]})
    side, readable = square(len(languages))

    def draw(part: pd.DataFrame, place: Place) -> Panel:
        base = alt.Chart(part).encode(
            x=alt.X("target:N", sort=languages, title="Target", axis=axis(place.bottom, labelAngle=-90)),
            y=alt.Y("source:N", sort=languages, title="Source", axis=axis(place.left)),
            description="text:N",
        )
        layers = [base.mark_rect().encode(color=colour)]
        if readable:
            layers.append(base.mark_text(fontSize=9).encode(text=alt.Text("value:Q", format=number), color=INK))
        return alt.layer(*layers).properties(width=side, height=side)

    return panels(table, "method", draw, columns=3 if readable else 1)
