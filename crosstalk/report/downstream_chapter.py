"""The part of the page that shows what the matrix tells of classification, beside Tables 1 to 3 of its paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from crosstalk.downstream.schemas import AVERAGE, GROUP, TARGET
from crosstalk.report.data import records
from crosstalk.report.downstream_charts import NAMES
from crosstalk.report.downstream_data import Downstream
from crosstalk.report.downstream_paper import Published, table_1, table_2, table_3
from crosstalk.report.numbers import MISSING, Format, fixed, percent, signed
from crosstalk.report.scores import verdict
from crosstalk.report.section import Chapter, Section, figure, present
from crosstalk.report.table import Cell, Table, Where, between, bounds

KEY = "downstream"
_SOURCE = "classified/{benchmark}/{method}/{seed}"


class Contrast(NamedTuple):
    """Two opposite conditions, as a table of the paper sets them beside each other."""

    name: str
    tier: str
    low: str
    high: str
    title: str
    headings: tuple[str, str]
    said: str


CONTRASTS = (
    Contrast(
        "downstream_pairs", TARGET, "low", "high", "Pairs, and Table 1 of the paper",
        ("With a low-interference partner", "With a high-interference partner"), "In pairs",
    ),
    Contrast(
        "downstream_groups", TARGET, "low_group", "high_group", "Groups, and Table 2 of the paper",
        ("In a low-interference group", "In a high-interference group"), "In groups",
    ),
    Contrast(
        "downstream_friends", GROUP, "friendly", "unfriendly", "An addition to a group, and Table 3 of the paper",
        ("With a friendly addition", "With an unfriendly addition"), "With an addition to a group",
    ),
)  # fmt: skip
_PAPER = {"downstream_pairs": table_1, "downstream_groups": table_2, "downstream_friends": table_3}


def chapter(tables: Downstream, drawn: Mapping[str, str]) -> Chapter:
    """Who was chosen, the paper's three tables, every training; ``drawn`` are the figures' documents by name."""
    contrasts = {each.name: _contrast(tables, each) for each in CONTRASTS}
    figures = [
        figure(f"{KEY}_{name}", f"{KEY}-{name}", "Accuracy of every kind of encoder", svg)
        for name, svg in drawn.items()
    ]
    sections = [
        Section("partners", "Which languages", tables=present(_partners(tables)), missing="No partner was chosen."),
        *(
            Section(each.name.removeprefix(f"{KEY}_"), each.title, tables=present(contrasts[each.name]),
                    missing="No encoder was trained for it.")
            for each in CONTRASTS
        ),
        Section(
            "trainings", "Every training", figures, tables=present(_controls(tables)),
            folded=present(_conditions(tables), _losses(tables)), missing="Nothing was trained.",
        ),
    ]  # fmt: skip
    return Chapter(KEY, "downstream", "Downstream evaluation", _findings(tables), sections)


def _partners(tables: Downstream) -> Table | None:
    """The languages that were chosen for each target, with what the matrix says of them."""
    rows = tables.partners[tables.partners["role"] == "partner"]
    if rows.empty:
        return None
    body = []
    for row in records(rows):
        note = "" if row["chosen"] == "matrix" else "named, not chosen"
        value = row["interference"]
        interval = between(row["ci_low"], row["ci_high"], percent)
        told = "" if pd.isna(value) or row["measured"] else "predicted"
        body.append(
            [
                Cell(
                    _target(tables, row["target"]),
                    where={name: row[name] for name in ("target", "condition", "language")},
                ),
                Cell(_condition(row["condition"])),
                Cell(row["language"], note),
                Cell(
                    percent(value),
                    ", ".join(filter(None, (interval, told))),
                    None if pd.isna(value) else value,
                    bounds=bounds(row["ci_low"], row["ci_high"]),
                ),
            ]
        )
    columns = ["Target", "Condition", "Language", "Interference with the target"]
    return Table("downstream_partners", "Languages beside each target", columns, body, "partners")


def _target(tables: Downstream, target: str) -> str:
    """A target, or the members of the group."""
    rows = tables.partners
    members = rows[(rows["target"] == target) & (rows["role"] == "target")]["language"].unique()
    return ", ".join(map(str, members))


def _contrast(tables: Downstream, contrast: Contrast) -> Table | None:
    """Accuracy with friends and with foes: every task and language here, then the paper's."""
    rows = tables.over_seeds(contrast.tier)
    body = [_measured(task, language, known, contrast) for task, language, known in _cases(rows, contrast)]
    if not body:
        return None
    body += [_published(row) for row in _PAPER[contrast.name]()]
    columns = ["Task", "Language", "Alone", *contrast.headings, "Difference"]
    heads = [_head(name) for name in ("alone", contrast.low, contrast.high)]
    heads.append(_head(contrast.low, f"accuracy_to_{contrast.high}"))
    return Table(contrast.name, contrast.title, columns, body, _SOURCE, {"tier": contrast.tier}, [{}, {}, *heads])


def _head(condition: str, metric: str = "accuracy") -> Where:
    return {"method": condition, "metric": metric}


def _line(task: str, language: str) -> Where:
    return {"benchmark": task, "tgt": language}


Known = dict[tuple[str, str], dict[str, Any]]


def _cases(rows: pd.DataFrame, contrast: Contrast) -> Iterator[tuple[str, str, Known]]:
    """Tasks and languages that have both conditions, with their rows by condition and metric."""
    for (task, language), mine in rows.groupby(["benchmark", "tgt"], sort=False):
        known = {(str(row["method"]), str(row["metric"])): row for row in records(mine)}
        if {(contrast.low, "accuracy"), (contrast.high, "accuracy")} <= known.keys():
            yield str(task), str(language), known


def _measured(task: str, language: str, known: Known, contrast: Contrast) -> list[Cell]:
    difference = known.get((contrast.low, f"accuracy_to_{contrast.high}"))
    return [
        Cell(task, where=_line(task, language)),
        Cell("all" if language == AVERAGE else language),
        _cell(known.get(("alone", "accuracy")), fixed),
        *(_cell(known[name, "accuracy"], fixed) for name in (contrast.low, contrast.high)),
        _cell(difference, signed, judged=True),
    ]


def _cell(row: dict[str, Any] | None, write: Format, judged: bool = False) -> Cell:
    if row is None:
        return Cell(MISSING)
    judgement = verdict(row["ci_low"], row["ci_high"]) if judged else ""
    ends = (row["ci_low"], row["ci_high"])
    return Cell(write(row["value"]), between(*ends, write), float(row["value"]), judgement, bounds(*ends))


def _published(row: Published) -> list[Cell]:
    return [
        Cell(row.benchmark, "the paper", where={"benchmark": f"{row.benchmark} of the paper"}),
        Cell(row.language),
        Cell(fixed(row.alone), sort=row.alone),
        Cell(fixed(row.low), row.low_languages, row.low),
        Cell(fixed(row.high), row.high_languages, row.high),
        Cell(signed(row.low - row.high), sort=row.low - row.high),
    ]


def _controls(tables: Downstream) -> Table | None:
    """Whether training helped, and what is left of a pair's loss when exposure is the same."""
    rows = pd.concat([tables.over_seeds(tier) for tier in (TARGET, GROUP)])
    rows = rows[rows["metric"].str.startswith("accuracy_to_") & (rows["tgt"] == AVERAGE)]
    if rows.empty:
        return None
    body = [
        [
            Cell(row["benchmark"], where=_row(row)),
            Cell("group" if row["tier"] == GROUP else "targets"),
            Cell(_condition(row["method"])),
            Cell(_condition(row["metric"].removeprefix("accuracy_to_"))),
            _cell(row, signed, judged=True),
        ]
        for row in records(rows)
    ]
    columns = ["Task", "Languages", "Condition", "Compared with", "Difference"]
    return Table("downstream_controls", "Differences between conditions, mean over languages", columns, body, _SOURCE)


def _conditions(tables: Downstream) -> Table | None:
    """Accuracy of every condition and language."""
    rows = pd.concat([tables.over_seeds(tier) for tier in (TARGET, GROUP)])
    rows = rows[rows["metric"] == "accuracy"]
    if rows.empty:
        return None
    body = [
        [
            Cell(row["benchmark"], where=_row(row)),
            Cell("all" if row["tgt"] == AVERAGE else row["tgt"]),
            Cell(_condition(row["method"])),
            Cell(row["src"].replace("+", ", ")),
            _cell(row, fixed),
        ]
        for row in records(rows)
    ]
    columns = ["Task", "Language", "Condition", "Beside", "Accuracy"]
    return Table("downstream_conditions", "Accuracy of every condition", columns, body, _SOURCE)


def _row(row: dict[str, Any]) -> Where:
    return {**_line(row["benchmark"], row["tgt"]), **{name: row[name] for name in ("tier", "method", "metric")}}


def _condition(name: str) -> str:
    return NAMES.get(name, name)


def _losses(tables: Downstream) -> Table | None:
    """Loss on dev at the end of each training, over seeds."""
    found: dict[str, list[tuple[float, float]]] = {}
    for (mixture, _), curve in tables.curves.items():
        known = curve.dropna(subset="dev_loss")
        if len(known):
            found.setdefault(mixture, []).append((known["dev_loss"].iloc[0], known["dev_loss"].iloc[-1]))
    body = []
    for mixture, values in found.items():
        first, last = ([each[at] for each in values] for at in (0, 1))
        cells = (Cell(_mean(each, 3), between(min(each), max(each), _thousandths), sum(each)) for each in (first, last))
        body.append([Cell(mixture, where={"training": mixture}), *cells])
    columns = ["Training", "At the first evaluation", "At the last"]
    title = "Loss on dev, nats per masked token"
    return Table("downstream_losses", title, columns, body, "mixture/{training}/{seed}") if body else None


def _mean(values: Sequence[float], digits: int) -> str:
    return fixed(sum(values) / len(values), digits)


def _thousandths(value: Any) -> str:
    return fixed(value, 3)


def _findings(tables: Downstream) -> list[str]:
    """For each of the paper's tables: whether friends leave more accuracy than foes here, too."""
    said = []
    for contrast in CONTRASTS:
        for task, language, known in _cases(tables.over_seeds(contrast.tier), contrast):
            row = known.get((contrast.low, f"accuracy_to_{contrast.high}"))
            if language != AVERAGE or row is None:
                continue
            shown = {
                "better": "as in the paper, languages of low interference leave more",
                "worse": "unlike in the paper, languages of low interference leave less",
            }.get(verdict(row["ci_low"], row["ci_high"]), "a difference is not shown")
            interval = between(row["ci_low"], row["ci_high"], signed)
            said.append(f"{contrast.said}, {task}: {shown} ({signed(row['value'])} points; {interval}).")
    return said + _learnt(tables)


def _learnt(tables: Downstream) -> list[str]:
    rows = tables.over_seeds(TARGET)
    rows = rows[(rows["method"] == "alone") & (rows["metric"] == "accuracy_to_untrained") & (rows["tgt"] == AVERAGE)]
    return [
        f"Training a language alone changes its accuracy on {row['benchmark']} by {signed(row['value'])} points "
        f"({between(row['ci_low'], row['ci_high'], signed)})."
        for row in records(rows)
    ]
