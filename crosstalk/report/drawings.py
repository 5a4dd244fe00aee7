"""The figures, each drawn once for the page and for its file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from crosstalk.report import downstream_charts, matrix_charts, matrix_strips, multimodal_charts
from crosstalk.report.charts import charts, cost_chart
from crosstalk.report.data import ReportData
from crosstalk.report.figures import save_svg, to_svg

MATRIX, DOWNSTREAM, ALL = "matrix", "downstream", "all"
"""Owners of figures that belong to no benchmark."""

Drawings = Mapping[str, Mapping[str, str]]
"""Owner -> figure -> SVG document, without figures that have no rows. An owner is a benchmark, ``matrix``,
``downstream``, ``images, `` and a benchmark, or ``all`` for what jobs cost."""


def draw(data: ReportData) -> Drawings:
    """Every figure of a report."""
    drawn = {name: charts(data, name) for name in data.benchmarks} | {ALL: cost_chart(data)}
    if data.matrix is not None:
        drawn[MATRIX] = matrix_charts.charts(data.matrix)
    if data.downstream is not None:
        drawn[DOWNSTREAM] = downstream_charts.charts(data.downstream)
    if data.multimodal is not None:
        drawn |= {
            multimodal_charts.owner(name): multimodal_charts.charts(data.multimodal, name)
            for name in data.multimodal.scores["benchmark"].unique()
        }
    return {owner: {name: to_svg(chart) for name, chart in mine.items()} for owner, mine in drawn.items()}


def save(drawings: Drawings, figures: Iterable[tuple[str, str, str]]) -> None:
    """Write each (owner, figure, file) as SVG, and as PDF beside it.

    A figure of the matrix without rows becomes one that says so, for a workflow that expects its file.
    """
    for owner, name, file in figures:
        lacking = owner == MATRIX and name not in drawings[owner]
        save_svg(to_svg(matrix_strips.nothing()) if lacking else drawings[owner][name], Path(file))
