"""Tables of scores: every number comes from a row."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crosstalk.report import scores
from crosstalk.report.data import ReportData, records
from crosstalk.report.numbers import Format, Real, fixed, percent, signed, significant
from crosstalk.report.table import Cell, Table, Where, between, bounds

_SHARES = {
    "off_target": "Off-target",
    "own_reference": "Recognised",
    "copy_rate": "Copies",
    "loop_rate": "Loops",
    "empty_rate": "Empty",
}
_SOURCE = "scores/{benchmark}/{method}"


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
            where = {"benchmark": benchmark, "split": split, "src": side[0], "tgt": side[1]}
            tables.append(_score_table(data, here, side, title, where))
    return tables


def _score_table(data: ReportData, rows: pd.DataFrame, side: tuple[str, str], title: str, where: Where) -> Table:
    group = rows[(rows["src"] == side[0]) & (rows["tgt"] == side[1])]
    tiers = sorted(
        set(group["tier"]), key=lambda tier: (scores.TIERS.index(tier) if tier in scores.TIERS else 99, tier)
    )
    whole = scores.whole(side)
    metrics = set(group["metric"])
    found = {(row["method"], row["tier"], row["metric"]): row for row in records(group)}
    body: list[dict[str, Cell]] = []
    heads: dict[str, Where] = {}
    for method in dict.fromkeys(group["method"]):
        row = {metric: found.get((method, whole, metric)) for metric in metrics | {"BLEU_p"}}
        cells = {"Method": Cell(data.method(method), where={"method": method})}
        for tier in tiers:
            heading = f"BLEU {'all' if tier == whole else tier}"
            cells[heading] = _measured(found.get((method, tier, "BLEU")), fixed)
            heads[heading] = {"tier": tier, "metric": "BLEU"}
        if "BLEU_delta" in metrics:
            cells["Difference"] = _difference(row["BLEU_delta"], row["BLEU_p"])
        if "chrF++" in metrics:
            cells["chrF++"] = _measured(row["chrF++"], fixed)
        for metric, heading in _SHARES.items():
            if metric in metrics:
                cells[heading] = _measured(row[metric], percent, interval=metric == "off_target")
        if "length_ratio" in metrics:
            cells["Length"] = _measured(row["length_ratio"], _hundredths, interval=False)
        body.append(cells)
    names = {"Difference": "BLEU_delta", "chrF++": "chrF++", "Length": "length_ratio"}
    names |= {heading: metric for metric, heading in _SHARES.items()}
    heads |= {heading: {"tier": whole, "metric": metric} for heading, metric in names.items()}
    columns = list(body[0])
    lines = [list(cells.values()) for cells in body]
    return Table("scores", title, columns, lines, _SOURCE, where, [heads.get(name, {}) for name in columns])


def _measured(row: dict[str, Any] | None, number: Format, interval: bool = True) -> Cell:
    if row is None or pd.isna(row["value"]):
        return Cell(number(None))
    ends = (row["ci_low"], row["ci_high"])
    note = between(*ends, number) if interval else ""
    return Cell(number(row["value"]), note, float(row["value"]), bounds=bounds(*ends) if interval else None)


def _difference(row: dict[str, Any] | None, p: dict[str, Any] | None) -> Cell:
    cell = _measured(row, signed)
    if row is None or cell.sort is None:
        return cell
    tested = "" if p is None or p["seeds"] > 1 else f"; p {significant(p['value'], 2)}"
    verdict = scores.verdict(row["ci_low"], row["ci_high"])
    return Cell(cell.text, cell.note + tested, cell.sort, verdict, cell.bounds)


def _hundredths(value: Real) -> str:
    return fixed(value, 2)


def direction_table(data: ReportData, benchmark: str) -> Table | None:
    """BLEU of every direction and method, with chrF++ and the off-target rate below."""
    rows = scores.averaged(data, benchmark)
    if rows.empty:
        return None
    rows = scores.directions(rows)
    methods = list(dict.fromkeys(rows["method"]))
    body: dict[tuple[str, ...], list[Cell]] = {}
    values = {
        (row["split"], row["src"], row["tgt"], row["tier"], row["method"], row["metric"]): row["value"]
        for row in records(rows)
    }
    for key in dict.fromkeys(key[:4] for key in values):
        split, src, tgt, tier = key
        where = {"split": split, "src": src, "tgt": tgt, "tier": tier}
        line = [
            Cell(f"{data.language(src)} → {data.language(tgt)}", where=where),
            Cell(tier.replace("_", "-")),
            Cell(split),
        ]
        for method in methods:
            found = values.get((*key, method, "BLEU"))
            other, off = (values.get((*key, method, metric)) for metric in ("chrF++", "off_target"))
            line.append(Cell(fixed(found), f"{fixed(other)} · {percent(off, 0)}", found))
        body[key] = line
    columns = ["Direction", "Tier", "Split", *map(data.method, methods)]
    heads: list[Where] = [{}, {}, {}, *({"method": method, "metric": "BLEU"} for method in methods)]
    title = "BLEU of every direction (below: chrF++ · off-target)"
    return Table("directions", title, columns, list(body.values()), _SOURCE, {"benchmark": benchmark}, heads)
