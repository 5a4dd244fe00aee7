"""Tables of everything but scores: every number comes from a row."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crosstalk.report import charts, neurons, scores
from crosstalk.report.data import ReportData, frame, records, stacked
from crosstalk.report.figures.neurons import ROLES
from crosstalk.report.numbers import MISSING, Real, count, duration, fixed, memory, number, percent, signed, significant
from crosstalk.report.table import Cell, Table, between, bounds


def corpus_table(data: ReportData, benchmark: str) -> Table | None:
    """Counts of sentences and pairs of each language, as given."""
    rows = frame(data.benchmarks[benchmark].corpus)
    if rows.empty:
        return None
    columns = [column for column in rows.columns if column != "language"]
    body = [
        [Cell(data.language(row["language"])), *(_plain(row[column]) for column in columns)] for row in records(rows)
    ]
    headings = ["Language", *(_heading(column) for column in columns)]
    return Table("corpus", "Sentences and pairs", headings, body, "corpus/{benchmark}", {"benchmark": benchmark})


def _heading(column: str) -> str:
    text = column.replace("_", " ")
    return text[:1].upper() + text[1:]


def _plain(value: Any) -> Cell:
    if isinstance(value, str):
        return Cell(value)
    if value is None or pd.isna(value):
        return Cell(MISSING)
    return Cell(count(value) if float(value).is_integer() else significant(value), sort=float(value))


def gamma_table(data: ReportData, benchmark: str) -> Table | None:
    """γ of each language and model beside its null."""
    rows = stacked(data.benchmarks[benchmark].gamma, "model")
    if rows.empty:
        return None
    models = list(dict.fromkeys(rows["model"]))
    found = {(row["language"], row["model"]): row for row in records(rows)}
    body = []
    for language in dict.fromkeys(rows["language"]):
        line = [Cell(data.language(language), where={"language": language})]
        for model in models:
            row = found.get((language, model))
            if row is None:
                line.append(Cell(MISSING))
            else:
                value, null, low, high = (fixed(row[name], 3) for name in ("gamma", "null", "null_low", "null_high"))
                noise = bounds(row["null_low"], row["null_high"])
                line.append(Cell(value, f"noise {null} ({low} to {high})", row["gamma"], null=noise))
        body.append(line)
    heads = [{}, *({"model": model} for model in models)]
    where = {"benchmark": benchmark}
    return Table("", "γ by language", ["Language", *models], body, "gamma/{benchmark}/{model}", where, heads)


def variance_table(data: ReportData, benchmark: str) -> Table | None:
    """Variance inside sets by layer: its median over units, averaged over languages, and units that never vary."""
    rows = data.benchmarks[benchmark].variances
    if rows.empty:
        return None
    body = []
    for profile, layer in dict.fromkeys(zip(rows["profile"], rows["layer"], strict=True)):
        part = rows[(rows["profile"] == profile) & (rows["layer"] == layer)]
        median, silent, units = part["q50"], part["silent"], part["units"].max()
        body.append(
            [
                Cell(profile, where={"sets": profile, "layer": str(layer)}),
                Cell(str(part["place"].iloc[0]), sort=float(layer)),
                Cell(count(units), sort=float(units)),
                Cell(
                    significant(median.mean()),
                    between(median.min(), median.max(), significant),
                    float(median.mean()),
                    bounds=bounds(median.min(), median.max()),
                ),
                Cell(fixed(silent.mean()), between(silent.min(), silent.max(), count), float(silent.mean())),
            ]
        )
    columns = ["Sets", "Place", "Units", "Median variance (over languages)", "Silent units (mean over languages)"]
    where = {"benchmark": benchmark}
    title = "Variance inside equivalence sets"
    return Table("", title, columns, body, "profiles/{benchmark}/{sets}", where, by=["Sets", "Place"])


def roles_table(data: ReportData, benchmark: str) -> Table | None:
    """Units of each layer by role."""
    rows = charts.partition_roles(data.benchmarks[benchmark])
    if rows.empty:
        return None
    found = {(row["partition"], row["layer"], row["role"]): row["units"] for row in records(rows)}
    roles = [role for role in ROLES if role in set(rows["role"])]
    body = []
    for partition, layer in dict.fromkeys(key[:2] for key in found):
        units = [found.get((partition, layer, role), 0) for role in roles]
        where = {"partition": partition, "layer": str(layer)}
        line = [Cell(partition, where=where), Cell(str(layer), sort=float(layer))]
        body.append([*line, *(Cell(count(n), sort=float(n)) for n in units)])
    columns = ["Partition", "Layer", *map(_heading, roles)]
    return _of_partitions("", "Roles of units", columns, body, benchmark)


def _of_partitions(
    name: str, title: str, columns: list[str], body: list[list[Cell]], benchmark: str, kind: str = "partitions"
) -> Table:
    where = {"benchmark": benchmark}
    return Table(name, title, columns, body, f"{kind}/{{benchmark}}/{{partition}}", where, by=["Partition"])


def overlap_table(data: ReportData, benchmark: str) -> Table | None:
    """Overlap of the syntactic units of two languages beside that of random sets."""
    rows = data.benchmarks[benchmark].overlaps
    if rows.empty:
        return None
    body = [
        [
            Cell(
                f"{data.language(row['first'])} and {data.language(row['second'])}",
                where={"partition": row["partition"], "language": f"{row['first']}, {row['second']}"},
            ),
            Cell(row["partition"]),
            Cell(fixed(row["jaccard"], 2), sort=row["jaccard"]),
            Cell(fixed(row["expected"], 2), sort=row["expected"]),
            Cell(count(row["shared"]), sort=float(row["shared"])),
        ]
        for row in records(neurons.distinct(rows))
    ]
    columns = ["Languages", "Partition", "Jaccard", "Jaccard of random sets", "Units in both"]
    return _of_partitions("", "Overlap of syntax-sensitive units", columns, body, benchmark)


def stability_table(data: ReportData, benchmark: str) -> Table | None:
    """Overlap of units found on two parts of the sets: means over languages, beside that of random sets."""
    rows = stacked(data.benchmarks[benchmark].stability, "partition").dropna()
    if rows.empty:
        return None
    body = []
    for (partition, differs, role), part in rows.groupby(["partition", "differs", "role"], sort=False):
        jaccard, expected = part["jaccard"], part["expected"]
        body.append(
            [
                Cell(str(partition), where={"partition": str(partition), "differs": str(differs), "role": str(role)}),
                Cell(_OTHER[str(differs)]),
                Cell(str(role)),
                Cell(fixed(jaccard.mean(), 2), between(jaccard.min(), jaccard.max(), _hundredths), jaccard.mean()),
                Cell(fixed(expected.mean(), 2), sort=expected.mean()),
            ]
        )
    columns = ["Partition", "Found again on", "Role", "Jaccard (over languages)", "Jaccard of random sets"]
    return _of_partitions("stability", "Stability of the sets of units", columns, body, benchmark, "stability")


_OTHER = {"sentences": "other sentences", "draws": "other paraphrases of the same sentences"}


def _hundredths(value: Real) -> str:
    return fixed(value, 2)


def truth_table(data: ReportData, benchmark: str) -> Table | None:
    """Probe accuracies and their differences from random units."""
    rows = frame(data.benchmarks[benchmark].truth)
    if rows.empty:
        return None
    body = []
    for row in records(rows):
        low, high = row.get("difference_low"), row.get("difference_high")
        difference = row.get("difference")
        body.append(
            [
                Cell(row["label"], where={"label": row["label"], "units": row["units"]}),
                Cell(row["units"]),
                Cell(
                    percent(row["accuracy"]),
                    between(row["ci_low"], row["ci_high"], percent),
                    row["accuracy"],
                    bounds=bounds(row["ci_low"], row["ci_high"]),
                ),
                Cell(
                    _points(difference),
                    between(low, high, _points),
                    difference,
                    scores.verdict(low, high),
                    bounds(low, high),
                ),
            ]
        )
    columns = ["What is read", "Units", "Accuracy", "Difference from random units (points)"]
    where = {"benchmark": benchmark}
    return Table("", "Probes against the known world", columns, body, "truth/{benchmark}", where)


def _points(share: Real) -> str:
    return signed(100 * number(share))


def budget_table(data: ReportData, benchmark: str) -> Table | None:
    """What each method's model was trained on: updates and target tokens, the foundation's included."""
    curves = data.benchmarks[benchmark].curves
    totals = {model: frame(curve).iloc[-1] for model, curve in curves.items() if curve.num_rows}
    body = []
    for method, steps in data.trainings.items():
        known = [totals[model] for model in steps if model in totals]
        if len(known) == len(steps):
            updates, tokens = (sum(int(row[column]) for row in known) for column in ("step", "tokens"))
            body.append(
                [
                    Cell(data.method(method), where={"model": steps[-1]} if steps else {}),
                    Cell(" + ".join(steps)),
                    Cell(count(updates), sort=float(updates)),
                    Cell(count(tokens), sort=float(tokens)),
                ]
            )
    columns = ["Method", "Trainings after the encoder", "Updates", "Target tokens"]
    where = {"benchmark": benchmark}
    source = "curves/{benchmark}/{model}"
    return Table("budgets", "Training budgets", columns, body, source, where) if body else None


def cost_table(data: ReportData) -> Table | None:
    """Jobs, time and memory of each stage."""
    rows = charts.stage_costs(data)
    if rows.empty:
        return None
    body = [
        [
            Cell(row["stage"]),
            Cell(count(row["jobs"]), sort=float(row["jobs"])),
            Cell(duration(row["seconds"]), sort=row["seconds"]),
            Cell(duration(row["cpu_seconds"]), sort=row["cpu_seconds"]),
            Cell(memory(row["max_rss"]), sort=row["max_rss"]),
        ]
        for row in records(rows)
    ]
    columns = ["Stage", "Jobs", "Wall-clock time", "CPU time", "Largest memory of a job"]
    return Table("", "Cost of each stage", columns, body)


def signature_table(data: ReportData) -> Table | None:
    """Metrics and the signatures that reproduce them."""
    found = {}
    for name, benchmark in data.benchmarks.items():
        rows = frame(benchmark.scores)
        if not rows.empty:
            for row in records(rows[["metric", "signature"]].drop_duplicates()):
                if row["signature"]:
                    found[name, *row.values()] = [Cell(name), Cell(row["metric"]), Cell(row["signature"])]
    if not found:
        return None
    return Table("signatures", "Signatures of the metrics", ["Benchmark", "Metric", "Signature"], list(found.values()))


def provenance_table(data: ReportData) -> Table | None:
    """Where the numbers come from: what the run says, then the hashes that the score rows carry."""
    body = [[Cell(key), Cell(value)] for key, value in data.provenance.items()]
    for name, benchmark in data.benchmarks.items():
        rows = frame(benchmark.scores)
        if not rows.empty:
            for column in ("config_hash", "data_hash", "commit"):
                found = ", ".join(sorted(set(rows[column].dropna())))
                body.append([Cell(f"{_heading(column)} of the scores, {name}"), Cell(found)])
    return Table("provenance", "Provenance", ["What", "Value"], body) if body else None
