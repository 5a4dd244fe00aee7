"""Charts of part 2 with languages, or groups of them, in rows and columns."""

from __future__ import annotations

import altair as alt
import pandas as pd

from crosstalk.report.figures.style import DIVERGING, INK, Panel, Place, axis, panels, square

_HATCH = "M-1,1L1,-1"
_BLOCK = 40
"""Side of the cell of a group (pixels)."""


def reach(values: pd.Series) -> float:
    """The value with the deepest colour, on either side of 0: a few extreme cells do not bleach the rest."""
    sizes = values.abs().dropna()
    return max(float(sizes.quantile(0.99 if len(sizes) > 100 else 1.0)), 1e-6) if len(sizes) else 1.0


def interference(table: pd.DataFrame) -> alt.TopLevelMixin:
    """The whole matrix, the language that suffers in rows, the one that is added in columns (Fig. 2).

    ``table``: language, added_language, interference (share of the loss alone), measured; the order of the rows is
    the order of the languages. Predicted cells are hatched.
    """
    order = list(dict.fromkeys(table["language"])) if len(table) > 1 else []
    order = list(dict.fromkeys([*order, *table["language"], *table["added_language"]]))
    side, readable = square(len(order))
    top = reach(table["interference"])
    rows = table.assign(row=table["language"], column=table["added_language"], dark=_dark(table, top))
    base = _cells(rows, order, Place(left=True, bottom=True), "Language that is measured", "Added language")
    layers: list[alt.Chart] = [base.mark_rect(aria=False).encode(color=_diverging(top))]
    if not table["measured"].all():
        size = (side / len(order)) ** 2 / 4
        hatch = base.transform_filter("!datum.measured")
        layers.append(hatch.mark_point(shape=_HATCH, stroke="#444", strokeWidth=0.8, size=size, aria=False))
    if readable:
        layers.append(_numbers(base))
    return alt.layer(*layers).properties(width=side, height=side)


def blocks(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Mean of each group of languages (rows) with each added group (columns), a square for each part (Figs. 4-5).

    ``table``: part, row, column, interference (share of the loss alone), text; the order of the rows is the groups'.
    """
    order = list(dict.fromkeys([*table["row"], *table["column"]]))
    top = reach(table["interference"])
    side = _BLOCK * len(order)

    def draw(part: pd.DataFrame, place: Place) -> Panel:
        base = _cells(part, order, place, "Measured", "Added")
        rects = base.mark_rect().encode(color=_diverging(top), description="text:N")
        return alt.layer(rects, _numbers(base)).properties(width=side, height=side)

    return panels(table.assign(dark=_dark(table, top)), "part", draw, columns=2 if len(order) <= 10 else 1)


def _dark(table: pd.DataFrame, top: float) -> pd.Series:
    return table["interference"].abs() > 0.7 * top


def _cells(table: pd.DataFrame, order: list[str], place: Place, measured: str, added: str) -> alt.Chart:
    scale = alt.Scale(domain=order)
    turned = axis(place.bottom, labelAngle=-90, labelOverlap=False)
    return alt.Chart(table).encode(
        x=alt.X("column:N", title=added, axis=turned, scale=scale),
        y=alt.Y("row:N", title=measured, axis=axis(place.left, labelOverlap=False), scale=scale),
    )


def _numbers(base: alt.Chart) -> alt.Chart:
    number = alt.Text("interference:Q", format=".1%")
    return base.mark_text(fontSize=9, aria=False).encode(text=number, color=INK)


def _diverging(top: float) -> alt.Color:
    colours = alt.Scale(scheme=DIVERGING, domain=[-top, top], domainMid=0, reverse=True, clamp=True)
    return alt.Color("interference:Q", title="Effect", scale=colours, legend=alt.Legend(format="~%"))
