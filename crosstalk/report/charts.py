"""The figures of a report: the table behind each, in the words and order of the report, and its chart."""

from __future__ import annotations

import altair as alt
import pandas as pd

from crosstalk.report import neurons, scores
from crosstalk.report.data import Benchmark, ReportData, frame, records, stacked
from crosstalk.report.figures import FIGURES
from crosstalk.report.figures.style import square
from crosstalk.report.numbers import count, duration, fixed, percent, signed, significant
from crosstalk.report.table import between

_POINTS = 300
"""Points of a training curve; more are averaged in bins."""


def charts(data: ReportData, benchmark: str) -> dict[str, alt.TopLevelMixin]:
    """The charts of a benchmark by name (``FIGURES``), without those that have no rows."""
    return _drawn(
        {
            "differences": _differences(data, benchmark),
            "sensitivity": _sensitivity(data, benchmark),
            "zero_shot": _zero_shot(data, benchmark, "BLEU"),
            "zero_shot_difference": _zero_shot(data, benchmark, "BLEU_delta"),
            **{name: table(data, data.benchmarks[benchmark]) for name, table in _TABLES.items()},
        }
    )


def too_wide(data: ReportData, benchmark: str) -> bool:
    """Whether there are so many languages that squares of all methods beside each other cannot be read."""
    rows = scores.directions(data.benchmarks[benchmark].means) if data.benchmarks[benchmark].scores else pd.DataFrame()
    return not rows.empty and not square(rows["tgt"].nunique())[1]


def cost_chart(data: ReportData) -> dict[str, alt.TopLevelMixin]:
    """The chart of what all benchmarks cost, if that was measured."""
    rows = stage_costs(data)
    if not rows.empty:
        rows = rows[rows["seconds"].notna()]
        rows = rows.assign(
            text=[f"{row['stage']}: {duration(row['seconds'])}, jobs: {row['jobs']}" for row in records(rows)]
        )
    return _drawn({"cost": rows})


def stage_costs(data: ReportData) -> pd.DataFrame:
    """Jobs, seconds, CPU seconds and largest memory of each stage, in the order of the rows."""
    rows = frame(data.costs)
    if rows.empty:
        return rows
    stages = rows.groupby("stage", sort=False)
    return stages.agg(
        jobs=("job", "size"),
        seconds=("seconds", lambda values: values.sum(min_count=1)),
        cpu_seconds=("cpu_seconds", lambda values: values.sum(min_count=1)),
        max_rss=("max_rss", "max"),
    ).reset_index()


def _drawn(tables: dict[str, pd.DataFrame]) -> dict[str, alt.TopLevelMixin]:
    return {name: FIGURES[name](table) for name, table in tables.items() if not table.empty}


def _differences(data: ReportData, benchmark: str) -> pd.DataFrame:
    rows = scores.first_split(scores.averaged(data, benchmark))
    if rows.empty:
        return rows
    found = []
    for side in scores.sides(rows):
        group = scores.side_label(data, side)
        for row in records(scores.select(rows, side, scores.whole(side), "BLEU_delta").reset_index()):
            method = data.method(row["method"])
            text = f"{method}, {group}: {signed(row['value'])} BLEU ({between(row['ci_low'], row['ci_high'], signed)})"
            found.append((group, method, row["value"], row["ci_low"], row["ci_high"], text))
    return pd.DataFrame(found, columns=["group", "method", "value", "ci_low", "ci_high", "text"])


def _sensitivity(data: ReportData, benchmark: str) -> pd.DataFrame:
    rows = scores.first_split(scores.averaged(data, benchmark, varied=True))
    if rows.empty or not data.variations:
        return pd.DataFrame()
    found = []
    for side in scores.sides(rows):
        group = scores.side_label(data, side)
        changes = scores.select(rows, side, scores.whole(side), "BLEU_delta")
        for method, settings in data.variations.items():
            if method not in changes.index:
                continue
            value, low, high = (float(changes[name][method]) for name in ("value", "ci_low", "ci_high"))
            for key, setting in settings.items():
                text = f"{key} {setting:g}, {group}: {signed(value)} BLEU ({between(low, high, signed)})"
                found.append((group, key, setting, value, low, high, method in data.methods, text))
    columns = ["group", "key", "setting", "value", "ci_low", "ci_high", "configured", "text"]
    return pd.DataFrame(found, columns=columns)


def _zero_shot(data: ReportData, benchmark: str, metric: str) -> pd.DataFrame:
    rows = scores.first_split(scores.averaged(data, benchmark))
    if rows.empty:
        return rows
    rows = scores.directions(rows)
    rows = rows[(rows["tier"] == scores.ZERO_SHOT) & (rows["metric"] == metric)]
    number = signed if metric.endswith("_delta") else fixed
    found = []
    for row in records(rows):
        source, target, method = data.language(row["src"]), data.language(row["tgt"]), data.method(row["method"])
        text = f"{method}, {source} → {target}: {number(row['value'])} BLEU"
        found.append((source, target, method, row["value"], text))
    return pd.DataFrame(found, columns=["source", "target", "method", "value", "text"])


def _gamma(data: ReportData, benchmark: Benchmark) -> pd.DataFrame:
    rows = _named(data, stacked(benchmark.gamma, "model"))
    text = [
        f"{row['language']}, {row['model']}: γ {fixed(row['gamma'], 3)}; "
        f"noise {fixed(row['null'], 3)} ({fixed(row['null_low'], 3)} to {fixed(row['null_high'], 3)})"
        for row in records(rows)
    ]
    return rows.assign(text=text)


def _variance(data: ReportData, benchmark: Benchmark) -> pd.DataFrame:
    rows = benchmark.variances
    if rows.empty:
        return rows
    rows = _named(data, rows[rows["q50"].notna()])
    text = [
        f"{row['language']}, layer {row['layer']}: median {significant(row['q50'])}, "
        f"middle half {between(row['q25'], row['q75'], significant)}; "
        f"silent units: {count(row['silent'])} of {count(row['units'])}"
        for row in records(rows)
    ]
    return rows.assign(text=text)


def _overlap(data: ReportData, benchmark: Benchmark) -> pd.DataFrame:
    rows = benchmark.overlaps
    if rows.empty:
        return rows
    rows = rows[(rows["first"] != rows["second"]) & rows["jaccard"].notna()]
    rows = rows.assign(first=rows["first"].map(data.language), second=rows["second"].map(data.language))
    text = [
        f"{row['first']} and {row['second']}: Jaccard {fixed(row['jaccard'], 2)}, "
        f"random sets {fixed(row['expected'], 2)}; units in both: {count(row['shared'])}"
        for row in records(rows)
    ]
    return rows.assign(text=text)


def _roles(data: ReportData, benchmark: Benchmark) -> pd.DataFrame:
    rows = partition_roles(benchmark)
    return rows.assign(text=[f"Layer {row['layer']}, {row['role']}: {count(row['units'])}" for row in records(rows)])


def partition_roles(benchmark: Benchmark) -> pd.DataFrame:
    """Units by partition, layer and role."""
    return stacked(benchmark.partitions, "partition", neurons.role_counts)


def _truth(data: ReportData, benchmark: Benchmark) -> pd.DataFrame:
    rows = frame(benchmark.truth)
    text = [
        f"{row['label']} from {row['units']} units: {percent(row['accuracy'])} "
        f"({between(row['ci_low'], row['ci_high'], percent)})"
        for row in records(rows)
    ]
    return rows.assign(text=text)


def _curves(data: ReportData, benchmark: Benchmark) -> pd.DataFrame:
    parts = []
    for model, table in benchmark.curves.items():
        rows = frame(table)
        for part, column in (("training", "loss"), ("dev", "dev_loss")):
            points = rows.loc[rows[column].notna(), ["step", column]].set_axis(["step", "loss"], axis="columns")
            parts.append(_thinned(points).assign(model=model, part=part))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _thinned(points: pd.DataFrame) -> pd.DataFrame:
    size = -(-len(points) // _POINTS)
    return points if size <= 1 else points.groupby([place // size for place in range(len(points))]).mean()


def _named(data: ReportData, rows: pd.DataFrame) -> pd.DataFrame:
    return rows if rows.empty else rows.assign(language=rows["language"].map(data.language))


_TABLES = {
    "gamma": _gamma,
    "variance": _variance,
    "overlap": _overlap,
    "roles": _roles,
    "truth": _truth,
    "curves": _curves,
}
