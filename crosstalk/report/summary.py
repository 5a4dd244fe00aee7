"""The findings in words, each derived from rows; where an interval covers 0, two things do not differ."""

from __future__ import annotations

import pandas as pd

from crosstalk.report import charts, neurons, scores
from crosstalk.report.data import Benchmark, ReportData, frame, records, stacked
from crosstalk.report.numbers import duration, fixed, memory, percent, signed
from crosstalk.report.scores import verdict
from crosstalk.report.table import between


def findings(data: ReportData, benchmark: str) -> list[str]:
    """Sentences on one benchmark; empty when nothing was measured."""
    tables = data.benchmarks[benchmark]
    rows = scores.first_split(scores.averaged(data, benchmark))
    said = [] if rows.empty else [_compared(data, rows, side) for side in scores.sides(rows)]
    return [*filter(None, said), *_off_target(data, rows), *_gamma(tables), *_overlap(tables), *_truth(tables)]


def cost(data: ReportData) -> list[str]:
    """One sentence on what the run cost, if that was measured."""
    stages = charts.stage_costs(data)
    if stages.empty or stages["seconds"].isna().all():
        return []
    dearest = records(stages.nlargest(1, "seconds"))[0]
    text = f"The measured jobs took {duration(stages['seconds'].sum())} together"
    text += f"; the costliest stage, {dearest['stage']}, took {duration(dearest['seconds'])}"
    peak = stages["max_rss"].max()
    return [text + ("." if pd.isna(peak) else f". The largest job used {memory(peak)} of memory.")]


def _compared(data: ReportData, rows: pd.DataFrame, side: tuple[str, str]) -> str:
    """Who is better and worse than the baseline in a group of directions, and who does not differ."""
    tier = scores.whole(side)
    values = scores.select(rows, side, tier, "BLEU")["value"]
    changes = scores.select(rows, side, tier, "BLEU_delta")
    if values.empty:
        return ""
    label = scores.side_label(data, side)
    if data.baseline not in values.index or changes.empty:
        reached = ", ".join(f"{data.method(str(method))} {fixed(value)}" for method, value in values.items())
        return f"{label}: {reached} BLEU."
    baseline = data.method(data.baseline)
    said: dict[str, list[str]] = {"better": [], "worse": [], "same": [], "unknown": []}
    for row in records(changes.reset_index()):
        if row["method"] != data.baseline:
            found = filter(None, (signed(row["value"]), between(row["ci_low"], row["ci_high"], signed)))
            text = f"{data.method(row['method'])} ({'; '.join(found)})"
            said[verdict(row["ci_low"], row["ci_high"])].append(text)
    parts = [f"{label}: {baseline} reaches {fixed(values[data.baseline])} BLEU"]
    parts += [f"{word}: {', '.join(said[word])}" for word in ("better", "worse") if said[word]]
    if said["same"]:
        does = "does" if len(said["same"]) == 1 else "do"
        parts.append(f"{', '.join(said['same'])} {does} not differ from it")
    if said["unknown"]:
        parts.append(f"without an interval: {', '.join(said['unknown'])}")
    return "; ".join(parts) + "."


def _off_target(data: ReportData, rows: pd.DataFrame) -> list[str]:
    side = (scores.ANY, scores.ANY)
    rates = scores.select(rows, side, scores.ZERO_SHOT, "off_target")
    if rates.empty:
        return []
    reached = ", ".join(f"{data.method(str(method))} {percent(rate)}" for method, rate in rates["value"].items())
    return [f"Zero-shot translations in a wrong language: {reached}."]


def _gamma(tables: Benchmark) -> list[str]:
    rows = stacked(tables.gamma, "model")
    said = []
    for model, part in [] if rows.empty else rows.groupby("model", sort=False):
        above, below = part["gamma"] > part["null_high"], part["gamma"] < part["null_low"]
        counted = {"above": above, "below": below, "not different from": ~(above | below)}
        places = ", ".join(f"{word} it for {kind.sum()}" for word, kind in counted.items() if kind.any())
        said.append(
            f"γ of {model} lies between {fixed(part['gamma'].min(), 3)} and {fixed(part['gamma'].max(), 3)}; "
            f"independent noise gives {fixed(part['null'].mean(), 3)}. Of {len(part)} languages, γ is {places}."
        )
    return said


def _overlap(tables: Benchmark) -> list[str]:
    rows = tables.overlaps
    said = []
    for partition, part in [] if rows.empty else rows.groupby("partition", sort=False):
        pairs = neurons.distinct(part)
        if pairs["jaccard"].notna().any():
            said.append(
                f"Syntax-sensitive units of two languages ({partition}) overlap by {fixed(pairs['jaccard'].mean(), 2)} "
                f"on average (Jaccard, {fixed(pairs['jaccard'].min(), 2)} to {fixed(pairs['jaccard'].max(), 2)}); "
                f"random sets of the same sizes by {fixed(pairs['expected'].mean(), 2)}."
            )
    return said


def _truth(tables: Benchmark) -> list[str]:
    rows = frame(tables.truth)
    if rows.empty:
        return []
    said: dict[str, list[str]] = {}
    for row in records(rows[rows["difference"].notna()]):
        sure = verdict(row["difference_low"], row["difference_high"])
        text = f"{row['label']} from {row['units']} units"
        said.setdefault(sure, []).append(text if sure == "same" else f"{text} ({signed(100 * row['difference'])})")
    words = {"better": "better than random units", "worse": "worse", "same": "no different from them"}
    parts = [f"{phrase}: {', '.join(said[kind])}" for kind, phrase in words.items() if kind in said]
    return [f"Probes for what the world knows (difference in points of accuracy); {'; '.join(parts)}."] if parts else []
