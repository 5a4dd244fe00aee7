"""The figures as files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from crosstalk.report import downstream_charts, matrix_charts, multimodal_charts
from crosstalk.report.charts import charts, cost_chart
from crosstalk.report.data import ReportData
from crosstalk.report.figures import save_chart

MATRIX, DOWNSTREAM, ALL = "matrix", "downstream", "all"
"""Owners of figures that belong to no benchmark."""


def save(data: ReportData, figures: Iterable[tuple[str, str, str]]) -> None:
    """Write each (owner, figure, file) as SVG, and as PDF beside it.

    An owner is a benchmark, ``matrix``, ``downstream``, ``images, `` and a benchmark, or ``all`` for what jobs cost.
    """
    wanted = list(figures)
    drawn = {name: charts(data, name) for name in data.benchmarks} | {ALL: cost_chart(data)}
    if data.matrix is not None:
        drawn[MATRIX] = matrix_charts.charts(data.matrix, [name for owner, name, _ in wanted if owner == MATRIX])
    if data.downstream is not None:
        drawn[DOWNSTREAM] = downstream_charts.charts(data.downstream)
    if data.multimodal is not None:
        drawn |= {
            f"images, {name}": multimodal_charts.charts(data.multimodal, name)
            for name in data.multimodal.scores["benchmark"].unique()
        }
    for owner, name, file in wanted:
        save_chart(drawn[owner][name], Path(file))
