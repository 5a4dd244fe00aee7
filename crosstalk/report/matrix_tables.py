"""Tables of part 2: every number comes from a row."""

from __future__ import annotations

from typing import Any

from crosstalk.report import matrix_charts
from crosstalk.report.data import frame, records, stacked
from crosstalk.report.matrix_charts import shares
from crosstalk.report.matrix_data import PART, MatrixTables
from crosstalk.report.numbers import MISSING, Format, Real, count, fixed, number, percent, signed
from crosstalk.report.scores import verdict
from crosstalk.report.table import Cell, Table, between, bounds

BY = {"family": "Family", "script": "Script", "resource_level": "Resource level", "script - family": "Script − family"}
QUANTITIES = {
    "dilution_share": "Share of the mean interference that is dilution",
    "dilution_variance": "Share of the cells' variance that is dilution",
    "cells": "Rank correlation of interference and conflict, cells",
    "robustness": "Rank correlation of interference and conflict, robustness",
    "friendliness": "Rank correlation of interference and conflict, friendliness",
}


def language_table(tables: MatrixTables) -> Table | None:
    """What is known and measured of each language."""
    rows = matrix_charts.means(tables, outliers=True)
    if rows.empty:
        return None
    facts = [tables.fact(name) for name in ("family", "script", "resource_level")]
    body = [
        [
            Cell(
                tables.name(row["language"]),
                note=row["language"],
                where={"language": row["language"], "part": PART, "outliers": "true"},
            ),
            *(Cell(fact.get(row["language"], MISSING)) for fact in facts),
            *(_share(row, name, f"{name}_low", f"{name}_high") for name in ("robustness", "friendliness")),
            Cell(percent(row["measured"], 0), sort=row["measured"]),
        ]
        for row in records(rows)
    ]
    columns = ["Language", "Family", "Script", "Resources", "Robustness", "Friendliness", "Measured cells"]
    title = "Robustness and friendliness of each language"
    by = ["Family", "Script", "Resources"]
    return Table("matrix_languages", title, columns, body, "matrix/robustness", by=by)


def convergence_table(tables: MatrixTables) -> Table | None:
    """Mean loss of each language and whether it is an outlier."""
    rows = frame(tables.convergence)
    if rows.empty:
        return None
    body = [
        [
            Cell(tables.name(row["language"]), where={"language": row["language"]}),
            Cell(fixed(row["mean_loss"], 3), sort=row["mean_loss"]),
            Cell(fixed(row["loss_alone"], 3), sort=row["loss_alone"]),
            Cell(fixed(row["frequency_loss"], 3), sort=row["frequency_loss"]),
            Cell(count(row["models"]), sort=float(row["models"])),
            Cell("outlier" if row["outlier"] else ""),
        ]
        for row in records(rows)
    ]
    columns = ["Language", "Mean loss (nats)", "Loss alone (nats)", "By frequency (nats)", "Models", "Outlier"]
    return Table("", "Losses after training", columns, body, "matrix/convergence")


def sharing_table(tables: MatrixTables, part: str = PART) -> Table | None:
    """Whether pairs that share something interfere less, or have less of another part of interference."""
    rows = frame(tables.sharing)
    rows = rows if rows.empty else rows[(rows["part"] == part) & rows["explained"].notna()]
    if rows.empty:
        return None
    body = []
    for row in records(rows):
        kind = "row and column means taken out" if row["adjusted"] else ""
        body.append(
            [
                Cell(
                    BY.get(row["by"], row["by"]),
                    kind,
                    where={"by": row["by"], "adjusted": str(bool(row["adjusted"])).lower()},
                ),
                Cell(shares(row["within"]), sort=row["within"]),
                Cell(shares(row["between"]), sort=row["between"]),
                _share(row, "difference", "difference_low", "difference_high", judged=True),
                _interval(row, "explained", "explained_low", "explained_high", percent),
                Cell(fixed(row["p"], 3), sort=row["p"]),
                Cell(count(row["pairs_within"]), sort=number(row["pairs_within"])),
            ]
        )
    columns = ["Shared", "Cells that share it", "Others", "Difference", "Variance explained", "p", "Pairs that share"]
    title = f"What sharing a family, a script or a resource level explains: {part}"
    name = "matrix_sharing" if part == PART else ""
    return Table(name, title, columns, body, "matrix/sharing", {"part": part})


def exposure_table(tables: MatrixTables) -> Table | None:
    """Whether the exposure control changes the answer."""
    rows = frame(tables.exposure)
    if rows.empty:
        return None
    body = [
        [
            Cell(QUANTITIES.get(row["quantity"], row["quantity"]), where={"quantity": row["quantity"]}),
            _interval(row, "value", "low", "high", lambda value: fixed(value, 2)),
        ]
        for row in records(rows)
    ]
    return Table("matrix_controls", "Exposure control", ["Quantity", "Value"], body, "matrix/exposure")


def asymmetry_table(tables: MatrixTables) -> Table | None:
    """How far the two directions of a pair differ."""
    rows = frame(tables.asymmetry)
    if rows.empty:
        return None
    body = [
        [
            Cell(row["part"], where={"part": row["part"]}),
            Cell(count(row["pairs"]), sort=float(row["pairs"])),
            _interval(row, "mean_difference", *_bounds("mean_difference"), _plain),
            Cell(_plain(row["noise"]), sort=row["noise"]),
            Cell(percent(row["beyond_noise"]), sort=row["beyond_noise"]),
            _interval(row, "correlation", *_bounds("correlation"), lambda value: signed(value, 2)),
            _interval(row, "rank_correlation", *_bounds("rank_correlation"), lambda value: signed(value, 2)),
        ]
        for row in records(rows)
    ]
    columns = [
        "Part",
        "Pairs",
        "Mean difference",
        "Noise alone",
        "Pairs beyond noise",
        "Correlation",
        "Rank correlation",
    ]
    title = "Difference of the two directions of a pair"
    return Table("matrix_asymmetry", title, columns, body, "matrix/asymmetry")


def correlation_table(tables: MatrixTables) -> Table | None:
    """Rank correlation of similarity and interference over all languages."""
    rows = stacked(tables.correlation, "embedder")
    rows = rows if rows.empty else rows[rows["over"] != "row"]
    if rows.empty:
        return None
    over = {"rows": "Mean over languages", "cells": "All cells at once"}
    body = [
        [
            Cell(
                over.get(row["over"], row["over"]),
                row["part"],
                where={"encoder": row["embedder"], "over": row["over"], "part": row["part"]},
            ),
            Cell(row["embedder"]),
            _interval(row, "rank_correlation", "low", "high", lambda value: signed(value, 2), judged=True),
            Cell(count(row["cells"]), sort=float(row["cells"])),
        ]
        for row in records(rows)
    ]
    columns = ["Over", "Encoder", "Rank correlation", "Cells"]
    title = "Embedding similarity and the whole matrix"
    return Table("", title, columns, body, "matrix/correlation/{encoder}")


def validation_table(tables: MatrixTables) -> Table | None:
    """How well each model predicts held-out pairs, means over draws."""
    rows = frame(tables.validation)
    if rows.empty:
        return None
    models = rows.assign(chosen=rows["chosen"].astype(int)).groupby(["pairs", "model"], sort=False)
    means = models.mean(numeric_only=True).assign(draws=models["draw"].nunique(), often=models["chosen"].sum())
    body = [
        [
            Cell(
                row["model"],
                f"chosen in draws: {count(row['often'])}" if row["often"] else "",
                where={"model": row["model"], "pairs": str(row["pairs"])},
            ),
            Cell(count(row["draws"]), sort=float(row["draws"])),
            Cell(count(row["pairs"]), sort=float(row["pairs"])),
            Cell(count(row["held_out"]), sort=float(row["held_out"])),
            Cell(fixed(row["rank_correlation"], 3), sort=row["rank_correlation"]),
            Cell(_plain(row["error"]), sort=row["error"]),
            Cell(percent(row["coverage"]), f"claimed: {percent(row['confidence'], 0)}", row["coverage"]),
            Cell(_plain(row["width"]), sort=row["width"]),
        ]
        for row in records(means.reset_index().sort_values(["pairs", "error"], kind="stable"))
    ]
    columns = ["Model", "Draws", "Pairs fitted", "Pairs held out", "Rank correlation", "Error", "Coverage", "Width"]
    return Table("", "Predictions of held-out pairs", columns, body, "matrix/validation", by=["Model"])


def next_table(tables: MatrixTables, limit: int = 20) -> Table | None:
    """Pairs to train next, the first ``limit``."""
    rows = frame(tables.next)
    if rows.empty:
        return None
    body = [
        [
            Cell(
                f"{tables.name(row['first'])} and {tables.name(row['second'])}",
                f"{row['first']}, {row['second']}",
                where={"first": row["first"], "second": row["second"]},
            ),
            Cell(count(row["rank"]), sort=float(row["rank"])),
            Cell(_plain(row["deviation"]), sort=row["deviation"]),
            Cell(percent(row["remaining"]), sort=row["remaining"]),
        ]
        for row in records(rows.sort_values("rank").head(limit))
    ]
    columns = ["Pair", "Rank", "Standard deviation", "Variance that remains"]
    return Table("matrix_next", "Pairs to train next", columns, body, "matrix/next")


def _plain(value: Real) -> str:
    """A share of the loss without a sign."""
    return percent(value, 2)


def _bounds(name: str) -> tuple[str, str]:
    return f"{name}_low", f"{name}_high"


def _share(row: dict[str, Any], name: str, low: str, high: str, judged: bool = False) -> Cell:
    return _interval(row, name, low, high, shares, judged)


def _interval(row: dict[str, Any], name: str, low: str, high: str, write: Format, judged: bool = False) -> Cell:
    judgement = verdict(row[low], row[high]) if judged else ""
    ends = bounds(row[low], row[high])
    return Cell(write(row[name]), between(row[low], row[high], write), row[name], judgement, ends)
