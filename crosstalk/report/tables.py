"""Tables of a report: every number comes from a row of the data, formatted once, here."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from crosstalk.report import charts, neurons, scores
from crosstalk.report.data import ReportData, frame, stacked
from crosstalk.report.figures.neurons import ROLES
from crosstalk.report.numbers import count, duration, fixed, interval, memory, percent, signed, significant


@dataclass(frozen=True)
class Cell:
    """What a cell says, a smaller note below it, the number it sorts by and a verdict of ``scores.verdict``."""

    text: str
    note: str = ""
    sort: float | None = None
    verdict: str = ""


@dataclass(frozen=True)
class Table:
    """A table whose first column names its rows; ``name`` finds the caption that explains it (none
    where that of a figure does)."""

    name: str
    title: str
    columns: list[str]
    rows: list[list[Cell]]


_SHARES = {
    "off_target": "Off-target",
    "copy_rate": "Copies",
    "loop_rate": "Loops",
    "empty_rate": "Empty",
}
_TIERS = {"all": "all", "zero_shot": "all"}


def score_tables(data: ReportData, benchmark: str) -> list[Table]:
    """One table for each split and group of directions; a row for each method."""
    rows = scores.averaged(data, benchmark)
    if rows.empty:
        return []
    splits = list(dict.fromkeys(rows["split"]))
    tables = []
    for split in splits:
        here = rows[rows["split"] == split]
        for side in scores.sides(here):
            label = scores.side_label(data, side)
            title = f"{label}, {split}" if len(splits) > 1 else label
            tables.append(_score_table(data, here, side, title))
    return tables


def _score_table(data: ReportData, rows: pd.DataFrame, side: tuple[str, str], title: str) -> Table:
    group = rows[(rows["src"] == side[0]) & (rows["tgt"] == side[1])]
    present = set(group["tier"])
    tiers = [tier for tier in scores.TIERS if tier in present] + sorted(present - set(scores.TIERS))
    whole = scores.whole(side)
    cells = group.set_index(["method", "tier", "metric"])
    metrics = set(group["metric"])
    shares = {metric: heading for metric, heading in _SHARES.items() if metric in metrics}
    columns = ["Method", *(f"BLEU {_TIERS.get(tier, tier)}" for tier in tiers)]
    columns += ["Difference"] if "BLEU_delta" in metrics else []
    columns += ["chrF++"] if "chrF++" in metrics else []
    columns += list(shares.values())
    columns += ["Length ratio"] if "length_ratio" in metrics else []

    body = []
    for method in dict.fromkeys(group["method"]):

        def row(tier: str, metric: str, method: str = method) -> pd.Series | None:
            key = (method, tier, metric)
            return cells.loc[key] if key in cells.index else None

        line = [Cell(data.method(method)), *(_measured(row(tier, "BLEU"), fixed) for tier in tiers)]
        if "BLEU_delta" in metrics:
            line.append(_difference(row(whole, "BLEU_delta"), row(whole, "BLEU_p")))
        if "chrF++" in metrics:
            line.append(_measured(row(whole, "chrF++"), fixed))
        line += [_measured(row(whole, metric), percent, between=metric == "off_target") for metric in shares]
        if "length_ratio" in metrics:
            line.append(_measured(row(whole, "length_ratio"), lambda value: fixed(value, 2), between=False))
        body.append(line)
    return Table("scores", title, columns, body)


def _measured(row: pd.Series | None, number: charts.Number, between: bool = True) -> Cell:
    if row is None or pd.isna(row["value"]):
        return Cell(number(None))
    note = _between(row["ci_low"], row["ci_high"], number) if between else ""
    return Cell(number(row["value"]), note, float(row["value"]))


def _difference(row: pd.Series | None, p: pd.Series | None) -> Cell:
    cell = _measured(row, signed)
    if row is None or cell.sort is None:
        return cell
    tested = "" if p is None or p["seeds"] > 1 else f"; p {significant(p['value'], 2)}"
    return Cell(cell.text, cell.note + tested, cell.sort, scores.verdict(row["ci_low"], row["ci_high"]))


def _between(low: float | None, high: float | None, number: charts.Number) -> str:
    return "" if pd.isna(low) or pd.isna(high) else interval(number(low), number(high))


def direction_table(data: ReportData, benchmark: str) -> Table | None:
    """BLEU of every direction and method, with chrF++ and the off-target rate below."""
    rows = scores.averaged(data, benchmark)
    if rows.empty:
        return None
    rows = scores.directions(rows)
    methods = list(dict.fromkeys(rows["method"]))
    values = rows.set_index(["split", "src", "tgt", "tier", "method", "metric"])["value"].to_dict()
    body = []
    for key in dict.fromkeys(rows[["split", "src", "tgt", "tier"]].itertuples(index=False, name=None)):
        split, src, tgt, tier = key
        line = [Cell(f"{data.language(src)} → {data.language(tgt)}"), Cell(tier.replace("_", "-")), Cell(split)]
        for method in methods:
            found = values.get((*key, method, "BLEU"))
            other, off = (values.get((*key, method, metric)) for metric in ("chrF++", "off_target"))
            line.append(Cell(fixed(found), f"{fixed(other)} · {percent(off, 0)}", found))
        body.append(line)
    columns = ["Direction", "Tier", "Split", *map(data.method, methods)]
    return Table("directions", "BLEU of every direction (below: chrF++ · off-target)", columns, body)


def corpus_table(data: ReportData, benchmark: str) -> Table | None:
    """Counts of sentences and pairs of each language, as given."""
    rows = frame(data.benchmarks[benchmark].corpus)
    if rows.empty:
        return None
    columns = [column for column in rows.columns if column != "language"]
    body = [
        [Cell(data.language(row["language"])), *(_plain(row[column]) for column in columns)]
        for row in rows.to_dict("records")
    ]
    return Table("corpus", "Sentences and pairs", ["Language", *(_heading(column) for column in columns)], body)


def _heading(column: str) -> str:
    text = column.replace("_", " ")
    return text[:1].upper() + text[1:]


def _plain(value: object) -> Cell:
    if isinstance(value, str):
        return Cell(value)
    if value is None or pd.isna(value):
        return Cell(count(None))
    number = float(value)  # type: ignore[arg-type]
    return Cell(count(number) if number.is_integer() else significant(number), sort=number)


def gamma_table(data: ReportData, benchmark: str) -> Table | None:
    """γ of each language and model beside its null."""
    rows = stacked(data.benchmarks[benchmark].gamma, "model")
    if rows.empty:
        return None
    models = list(dict.fromkeys(rows["model"]))
    found = rows.set_index(["language", "model"]).to_dict("index")
    body = []
    for language in dict.fromkeys(rows["language"]):
        line = [Cell(data.language(language))]
        for model in models:
            row = found.get((language, model), {})
            value = row.get("gamma")
            null = f"noise {fixed(row.get('null'), 3)} ({fixed(row.get('null_low'), 3)} to {fixed(row.get('null_high'), 3)})"
            line.append(Cell(fixed(value, 3), null if row else "", value))
        body.append(line)
    return Table("", "γ by language", ["Language", *models], body)


def variance_table(data: ReportData, benchmark: str) -> Table | None:
    """Variance inside sets by layer: its median over units, averaged over languages, and units that never vary."""
    rows = charts.variances(data.benchmarks[benchmark])
    if rows.empty:
        return None
    body = []
    for (profile, layer), part in rows.groupby(["profile", "layer"], sort=True):
        median = part["q50"].mean()
        span = _between(part["q50"].min(), part["q50"].max(), significant)
        silent = part["silent"].mean()
        body.append(
            [
                Cell(str(profile)),
                Cell(str(layer), sort=float(layer)),
                Cell(count(part["units"].max()), sort=float(part["units"].max())),
                Cell(significant(median), span, float(median)),
                Cell(fixed(silent), interval(count(part["silent"].min()), count(part["silent"].max())), float(silent)),
            ]
        )
    columns = ["Sets", "Layer", "Units", "Median variance (over languages)", "Silent units (mean over languages)"]
    return Table("", "Variance inside equivalence sets", columns, body)


def roles_table(data: ReportData, benchmark: str) -> Table | None:
    """Units of each layer by role."""
    rows = charts.partition_roles(data.benchmarks[benchmark])
    if rows.empty:
        return None
    wide = rows.pivot_table(index=["partition", "layer"], columns="role", values="units", fill_value=0)
    roles = [role for role in ROLES if role in wide.columns]
    body = [
        [
            Cell(partition),
            Cell(str(layer), sort=float(layer)),
            *(Cell(count(row[role]), sort=row[role]) for role in roles),
        ]
        for (partition, layer), row in wide.iterrows()
    ]
    return Table("", "Roles of units", ["Partition", "Layer", *map(_heading, roles)], body)


def overlap_table(data: ReportData, benchmark: str) -> Table | None:
    """Overlap of the syntactic units of two languages beside that of random sets."""
    rows = charts.partition_overlaps(data.benchmarks[benchmark])
    if rows.empty:
        return None
    body = [
        [
            Cell(f"{data.language(row['first'])} and {data.language(row['second'])}"),
            Cell(row["partition"]),
            Cell(fixed(row["jaccard"], 2), sort=row["jaccard"]),
            Cell(fixed(row["expected"], 2), sort=row["expected"]),
            Cell(count(row["shared"]), sort=float(row["shared"])),
        ]
        for row in neurons.distinct(rows).to_dict("records")
    ]
    columns = ["Languages", "Partition", "Jaccard", "Jaccard of random sets", "Units in both"]
    return Table("", "Overlap of syntax-sensitive units", columns, body)


def truth_table(data: ReportData, benchmark: str) -> Table | None:
    """Probe accuracies and their differences from random units."""
    rows = frame(data.benchmarks[benchmark].truth)
    if rows.empty:
        return None
    body = []
    for row in rows.to_dict("records"):
        low, high = row.get("difference_low"), row.get("difference_high")
        difference = row.get("difference")
        body.append(
            [
                Cell(row["label"]),
                Cell(row["units"]),
                Cell(percent(row["accuracy"]), _between(row["ci_low"], row["ci_high"], percent), row["accuracy"]),
                Cell(_points(difference), _between(low, high, _points), difference, scores.verdict(low, high)),
            ]
        )
    columns = ["What is read", "Units", "Accuracy", "Difference from random units (points)"]
    return Table("", "Probes against the known world", columns, body)


def _points(share: float | None) -> str:
    return signed(None if share is None else 100 * share)


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
        for row in rows.to_dict("records")
    ]
    columns = ["Stage", "Jobs", "Wall-clock time", "CPU time", "Largest memory of a job"]
    return Table("", "Cost of each stage", columns, body)


def signature_table(data: ReportData) -> Table | None:
    """Metrics and the signatures that reproduce them."""
    found = {}
    for name, benchmark in data.benchmarks.items():
        rows = frame(benchmark.scores)
        if not rows.empty:
            for metric, signature in rows[["metric", "signature"]].drop_duplicates().itertuples(index=False):
                if signature:
                    found[name, metric, signature] = [Cell(name), Cell(metric), Cell(signature)]
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
