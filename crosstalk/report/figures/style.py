"""How charts look, and how they become SVG."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import altair as alt
import pandas as pd
import vl_convert

from crosstalk.artefacts import whole_file

BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, GREY = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#8A8A8A",
)
"""Okabe and Ito's colours, which stay apart for colour-blind readers, and grey."""

SEQUENTIAL: Final = "cividis"
DIVERGING: Final = "blueorange"
INK = alt.condition("datum.dark", alt.value("#fff"), alt.value("#111"))
"""Colour of a number on a cell, light where the column ``dark`` holds."""
ROW = 18
"""Height of a row of a chart (pixels)."""

_CONFIG = {
    "background": "white",
    "font": "Arial, Helvetica, Liberation Sans, sans-serif",
    "padding": {"left": 28, "top": 4, "right": 16, "bottom": 4},
    "view": {"stroke": None},
    "axis": {
        "domainColor": "#999",
        "tickColor": "#999",
        "gridColor": "#ddd",
        "labelColor": "#222",
        "titleColor": "#222",
        "titleFontWeight": "normal",
        "labelFontSize": 11,
        "titleFontSize": 12,
        "labelLimit": 140,
    },
    "header": {"labelFontSize": 12, "titleFontSize": 12, "labelColor": "#222", "labelLimit": 240},
    "legend": {"labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": "normal", "labelLimit": 240},
    "title": {"fontSize": 12, "fontWeight": "normal", "anchor": "start", "frame": "group", "color": "#222"},
    "range": {"category": [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, GREY]},
}


@dataclass(frozen=True)
class Place:
    """Whether a panel stands in the first column, and whether nothing stands below it."""

    left: bool
    bottom: bool


Panel = alt.Chart | alt.LayerChart | alt.FacetChart

_DROPPED = ("aria-roledescription", "role", "aria-hidden", "font-family", "pointer-events")
_NAMESPACE = "{http://www.w3.org/2000/svg}"


def panels(table: pd.DataFrame, by: str, draw: Callable[[pd.DataFrame, Place], Panel], columns: int) -> alt.ConcatChart:
    """A chart of the rows of each value of ``by``, in rows of at most ``columns``, with scales in common.

    ``draw`` learns where its panel stands, so that axes are labelled once.
    """
    values = list(dict.fromkeys(table[by]))
    columns = math.ceil(len(values) / math.ceil(len(values) / columns))
    drawn = [
        draw(
            table[table[by] == value], Place(left=not number % columns, bottom=number + columns >= len(values))
        ).properties(title=str(value))
        for number, value in enumerate(values)
    ]
    return alt.concat(*drawn, columns=columns).resolve_scale(x="shared", y="shared", color="shared")


def axis(shown: bool, **settings: Any) -> alt.Axis:
    """An axis with these settings, or only its grid."""
    return alt.Axis(**settings) if shown else alt.Axis(**{**settings, "labels": False, "ticks": False, "title": None})


def square(cells: int) -> tuple[int, bool]:
    """Side of a heat map with as many rows as columns (pixels), and whether numbers fit into its cells."""
    readable = cells <= 12
    return cells * (27 if readable else 10), readable


def to_svg(chart: alt.TopLevelMixin) -> str:
    """The chart as an SVG document, on white."""
    with alt.data_transformers.enable("default", max_rows=None):
        specification = chart.to_dict()
    return vl_convert.vegalite_to_svg(specification, vl_version=_vl_version(), config=_CONFIG)


def save_svg(svg: str, path: str | Path) -> None:
    """Write a chart's document as a file, and as a PDF file of the same name, each whole or not at all."""
    with whole_file(path) as part:
        part.write_text(svg, encoding="utf-8")
    with whole_file(Path(path).with_suffix(".pdf")) as part:
        part.write_bytes(vl_convert.svg_to_pdf(svg))


def inline_svg(svg: str, name: str, label: str) -> str:
    """A chart's document as an ``<svg>`` element for an HTML page: ids are unique to ``name``, ``label`` is what it is
    called.

    It has no background; marks keep their description in ``aria-label``.
    """
    root = ElementTree.fromstring(svg)
    root.remove(next(child for child in root if child.get("fill") == _CONFIG["background"]))
    identified = [element.get("id") for element in root.iter() if element.get("id")]
    renamed = {f"url(#{old})": f"{name}-{number}" for number, old in enumerate(identified)}
    for element in root.iter():
        element.tag = element.tag.removeprefix(_NAMESPACE)
        for attribute in _DROPPED:
            element.attrib.pop(attribute, None)
        if "class" in element.attrib:  # a group (axis, legend, layer), not a mark
            element.attrib.pop("aria-label", None)
        for attribute, value in list(element.attrib.items()):
            if attribute == "id":
                element.set(attribute, renamed[f"url(#{value})"])
            elif value in renamed and attribute != "aria-label":
                element.set(attribute, f"url(#{renamed[value]})")
    root.set("role", "img")
    root.set("aria-label", label)
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)


def _vl_version() -> str:
    major, minor, _ = alt.SCHEMA_VERSION.removeprefix("v").split(".")
    return f"{major}.{minor}"
