"""Parts of the page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from markupsafe import Markup

from crosstalk.report.figures import inline_svg
from crosstalk.report.language_maps import LanguageMap
from crosstalk.report.matrix_heatmap import Heatmap
from crosstalk.report.samples import Sample
from crosstalk.report.table import Table

Shown = TypeVar("Shown", Table, LanguageMap)


@dataclass(frozen=True)
class Figure:
    """A chart as an ``<svg>`` element; ``name`` finds its caption."""

    name: str
    title: str
    svg: Markup


@dataclass(frozen=True)
class Section:
    """A part of the page under one heading; ``missing`` says what it would show.

    ``still`` are figures that ``maps`` show too: they are for readers without JavaScript.
    """

    key: str
    title: str
    figures: list[Figure] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    folded: list[Table] = field(default_factory=list)
    note: str = ""
    missing: str = ""
    heatmap: Heatmap | None = None
    maps: list[LanguageMap] = field(default_factory=list)
    still: list[Figure] = field(default_factory=list)


@dataclass(frozen=True)
class Chapter:
    """One benchmark, or the matrix: its findings and sections under a ``heading``."""

    key: str
    title: str
    heading: str
    findings: list[str]
    sections: list[Section]


def figure(name: str, key: str, title: str, svg: str) -> Figure:
    """A chart's document for the page; ``key`` is its alone."""
    return Figure(name, title, Markup(inline_svg(svg, key, title)))


def present(*found: Shown | None) -> list[Shown]:
    """The tables, or maps, that have rows."""
    return [each for each in found if each is not None]
