"""The figures of part 2: the table behind each, in the words and order of the report, and its chart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd

from crosstalk.report import matrix_points, matrix_squares, matrix_strips
from crosstalk.report.data import frame, records, stacked
from crosstalk.report.matrix_data import PART, MatrixTables, figure_names, shown, similarity_figure
from crosstalk.report.numbers import MISSING, Real, count, fixed, number, percent, signed
from crosstalk.report.table import between

LEVELS = ("high", "medium", "low")
"""Resource levels in the order of the figures; any other comes after them."""


def charts(tables: MatrixTables) -> dict[str, alt.TopLevelMixin]:
    """The charts of a matrix by name (``figure_names``), without those that have no rows."""
    return {
        name: (_FIGURES[name][1] if name in _FIGURES else matrix_strips.similarity)(rows)
        for name, rows in behind(tables).items()
    }


def behind(tables: MatrixTables) -> dict[str, pd.DataFrame]:
    """The table behind each figure that has rows."""
    found = {name: rows_of(tables) for name, (rows_of, _) in _FIGURES.items()}
    found |= {similarity_figure(code): similarities(tables, code) for code in shown(tables.languages)}
    return {name: found[name] for name in figure_names(tables.languages) if not found[name].empty}


def shares(value: Real) -> str:
    """A share of the loss in per cent, with its sign."""
    text = signed(100 * number(value), 2)
    return text if text == MISSING else f"{text}\u00a0%"


def spread(row: dict[str, Any], low: str, high: str) -> str:
    """`` (low to high)`` in shares of the loss; nothing where an end is missing."""
    text = between(row[low], row[high], shares)
    return f" ({text})" if text else ""


def trainings(tables: MatrixTables) -> pd.DataFrame:
    """First and last training loss of each language alone, means over seeds: language, first, last."""
    runs = frame(tables.runs)
    if runs.empty:
        return runs
    alone = runs[runs["added_language"].isna() & ~runs["half"].astype(bool)]
    means = alone.groupby("language")[["first_loss", "last_loss"]].mean().dropna().reset_index()
    return means.rename(columns={"first_loss": "first", "last_loss": "last"})


def exposures(tables: MatrixTables) -> pd.DataFrame:
    """Mean interference, dilution and conflict of each language with all others, and the share that is measured."""
    rows = tables.cells
    if rows.empty or rows["conflict"].isna().all():
        return pd.DataFrame()
    parts = ["interference", "dilution", "conflict", "measured"]
    return rows[rows["conflict"].notna()].groupby("language")[parts].mean().reset_index()


def means(tables: MatrixTables, outliers: bool) -> pd.DataFrame:
    """ROBUSTNESS rows of the interference, with or without outliers among the partners."""
    rows = frame(tables.robustness)
    return rows if rows.empty else rows[(rows["part"] == PART) & (rows["outliers"].astype(bool) == outliers)]


def similarities(tables: MatrixTables, language: str) -> pd.DataFrame:
    """A language's cells beside each encoder's similarity: embedder, added_language, interference, similarity, text."""
    rows = stacked(tables.similarity, "embedder")
    if rows.empty or tables.cells.empty:
        return pd.DataFrame()
    both = tables.cells.merge(rows[rows["language"] == language], on=["language", "added_language"])
    both = both.dropna(subset=["interference", "similarity"])
    text = [
        f"{tables.name(row['added_language'])}: interference {shares(row['interference'])}"
        f"{'' if row['measured'] else ' (predicted)'}, "
        f"similarity {fixed(row['similarity'], 3)}"
        for row in records(both)
    ]
    return _named(tables, both.assign(text=text), "added_language")


def _training(tables: MatrixTables) -> pd.DataFrame:
    rows = _named(tables, trainings(tables))
    return rows.assign(text=[f"{r['language']}: {fixed(r['first'], 2)} → {fixed(r['last'], 2)}" for r in records(rows)])


def _convergence(tables: MatrixTables) -> pd.DataFrame:
    rows = _named(tables, frame(tables.convergence)).rename(columns={"mean_loss": "loss"})
    text = [
        f"{row['language']}: {fixed(row['loss'], 3)} nats, models: {count(row['models'])}"
        + (", outlier" if row["outlier"] else "")
        for row in records(rows)
    ]
    return rows.assign(text=text)


def by_family(tables: MatrixTables) -> list[str]:
    """Languages in the order of family, script and name; of unknown ones last."""
    family, script = tables.fact("family"), tables.fact("script")
    return sorted(
        tables.languages,
        key=lambda code: (code not in family, family.get(code, ""), script.get(code, ""), tables.name(code)),
    )


def _interference(tables: MatrixTables) -> pd.DataFrame:
    rows = tables.cells
    if rows.empty:
        return rows
    place = {code: at for at, code in enumerate(by_family(tables))}
    at = rows.assign(row=rows["language"].map(place), column=rows["added_language"].map(place))
    at = at.sort_values(["row", "column"])[["language", "added_language", "interference", "measured"]]
    return _named(tables, at[at["interference"].notna()], "language", "added_language")


def _robustness(tables: MatrixTables) -> pd.DataFrame:
    rows = means(tables, outliers=False)
    if rows.empty:
        return rows
    known = tables.fact("script")
    scripts = [known.get(code, "unknown script") for code in rows["language"]]
    rows = _named(tables, rows.assign(group=scripts).dropna(subset=["robustness", "friendliness"]))
    text = [
        f"{row['language']}: robustness {shares(row['robustness'])}{spread(row, 'robustness_low', 'robustness_high')}, "
        f"friendliness {shares(row['friendliness'])}{spread(row, 'friendliness_low', 'friendliness_high')}"
        f"; {percent(row['measured'], 0)} of the cells measured"
        for row in records(rows)
    ]
    return rows.assign(text=text)


def _exposure(tables: MatrixTables) -> pd.DataFrame:
    rows = _named(tables, exposures(tables))
    text = [
        f"{row['language']}: {shares(row['interference'])} = dilution {shares(row['dilution'])} "
        f"+ conflict {shares(row['conflict'])}; {percent(row['measured'], 0)} of the cells measured"
        for row in records(rows)
    ]
    return rows.assign(text=text)


def _blocks(by: str) -> Callable[[MatrixTables], pd.DataFrame]:
    def rows_of(tables: MatrixTables) -> pd.DataFrame:
        rows = frame(tables.groups)
        if rows.empty:
            return rows
        rows = rows[(rows["by"] == by) & rows["row_group"].notna() & rows["column_group"].notna()]
        rows = rows[rows["part"].isin([PART, "conflict"]) & rows["mean"].notna()]
        rows = rows.rename(columns={"row_group": "row", "column_group": "column", "mean": "interference"})
        return rows.assign(text=[_block_text(row) for row in records(rows)])

    return rows_of


def _block_text(row: dict[str, Any]) -> str:
    value = f"{row['part']} {shares(row['interference'])}{spread(row, 'low', 'high')}"
    cells = f"cells: {count(row['cells'])}, {percent(row['measured'], 0)} measured"
    return f"{row['column']} added to {row['row']}: {value}; {cells}"


def _resources(tables: MatrixTables) -> pd.DataFrame:
    rows = frame(tables.groups)
    if rows.empty:
        return rows
    rows = rows[(rows["by"] == "resource_level") & (rows["part"] == PART) & rows["mean"].notna()]
    found = []
    for kind, group, other in (
        ("robustness", "row_group", "column_group"),
        ("friendliness", "column_group", "row_group"),
    ):
        for row in records(rows[rows[group].notna() & rows[other].isna()]):
            size = count(row["row_languages" if kind == "robustness" else "column_languages"])
            text = f"{row[group]}, {kind}: {shares(row['mean'])}{spread(row, 'low', 'high')}; languages: {size}"
            found.append((row[group], kind, row["mean"], row["low"], row["high"], text))
    table = pd.DataFrame(found, columns=["level", "kind", "mean", "low", "high", "text"])
    order = {level: place for place, level in enumerate(LEVELS)}
    return table.sort_values("level", key=lambda levels: levels.map(order).fillna(len(order)), kind="stable")


def _correlation(tables: MatrixTables) -> pd.DataFrame:
    rows = stacked(tables.correlation, "embedder")
    if rows.empty:
        return rows
    rows = rows[(rows["over"] == "row") & (rows["part"] == PART) & rows["rank_correlation"].notna()]
    rows = _named(tables, rows.rename(columns={"rank_correlation": "rho"}))
    text = [
        f"{row['language']}, {row['embedder']}: ρ {signed(row['rho'], 2)} "
        f"({between(row['low'], row['high'], lambda value: signed(value, 2))})"
        for row in records(rows)
    ]
    return rows.assign(text=text)


def _validation(tables: MatrixTables) -> pd.DataFrame:
    rows = frame(tables.validation)
    if rows.empty:
        return rows
    text = [
        f"{row['model']}: rank correlation {fixed(row['rank_correlation'], 2)}, "
        f"{percent(row['coverage'])} of cells inside intervals of {percent(row['confidence'], 0)}; "
        f"pairs fitted: {count(row['pairs'])}, held out: {count(row['held_out'])}"
        for row in records(rows)
    ]
    return rows.assign(text=text, share=rows["pairs"] / (rows["pairs"] + rows["held_out"]))


def _prediction(tables: MatrixTables) -> pd.DataFrame:
    rows = frame(tables.held_out)
    if rows.empty:
        return rows
    rows = rows.assign(
        measured=rows["interference"], inside=rows["interference"].between(rows["low"], rows["high"])
    ).dropna(subset=["measured", "predicted"])
    text = [
        f"{tables.name(row['added_language'])} added to {tables.name(row['language'])}: measured "
        f"{shares(row['measured'])}, predicted {shares(row['predicted'])}{spread(row, 'low', 'high')}"
        for row in records(rows)
    ]
    return rows.assign(text=text)


def _named(tables: MatrixTables, rows: pd.DataFrame, *columns: str) -> pd.DataFrame:
    columns = columns or ("language",)
    return rows if rows.empty else rows.assign(**{name: rows[name].map(tables.name) for name in columns})


_Draw = Callable[[pd.DataFrame], alt.TopLevelMixin]
_FIGURES: dict[str, tuple[Callable[[MatrixTables], pd.DataFrame], _Draw]] = {
    "training": (_training, matrix_strips.training),
    "convergence": (_convergence, matrix_strips.convergence),
    "interference": (_interference, matrix_squares.interference),
    "robustness": (_robustness, matrix_points.robustness),
    "exposure": (_exposure, matrix_strips.exposure),
    "families": (_blocks("family"), matrix_squares.blocks),
    "scripts": (_blocks("script"), matrix_squares.blocks),
    "resources": (_resources, matrix_points.resources),
    "correlation": (_correlation, matrix_strips.correlation),
    "validation": (_validation, matrix_points.validation),
    "prediction": (_prediction, matrix_points.prediction),
}
