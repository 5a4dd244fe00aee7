"""The part of the page that shows translation with images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from crosstalk.report import multimodal_charts, multimodal_paper
from crosstalk.report.data import records
from crosstalk.report.drawings import Drawings
from crosstalk.report.language_maps import importance_map
from crosstalk.report.multimodal_data import Multimodal
from crosstalk.report.numbers import MISSING, Format, fixed, percent, signed
from crosstalk.report.section import Chapter, Figure, Section, figure, present
from crosstalk.report.table import Cell, Table, Where, between, bounds

Row = dict[str, Any]

KEY = "multimodal"
_SOURCE = "images/{benchmark}/{method}"
_IMAGES = {"test": "own image", "test.shuffled": "another's image", "test.blank": "blank image"}
_SAMPLES = 12
_TOP = 12
"""Layers that the table of layers shows."""


def chapters(tables: Multimodal, drawings: Drawings) -> list[Chapter]:
    """One for each benchmark."""
    found = []
    for place, (name, rows) in enumerate(tables.scores.groupby("benchmark", sort=False), 1):
        name, key = str(name), f"{KEY}{place}"
        owner = multimodal_charts.owner(name)

        def figures(*wanted: str, key: str = key, drawn: Mapping[str, str] = drawings[owner]) -> list[Figure]:
            return [
                figure(f"{KEY}_{one}", f"{key}-{one}", multimodal_charts.TITLES[one], drawn[one])
                for one in wanted
                if one in drawn
            ]

        sections = [
            Section(
                "scores",
                "Scores",
                tables=present(*(_scores(tables, name, rows, metric) for metric in ("BLEU", "chrF++"))),
                missing="No system has been scored.",
            ),
            Section(
                "paper",
                "Tables of the paper",
                tables=multimodal_paper.paper_tables(
                    tables, name, _averages(rows, "BLEU"), _averages(rows, "BLEU_delta")
                ),
                missing="No two systems of a table of the paper have been scored.",
            ),
            Section(
                "images",
                "Do images matter?",
                tables=present(_images(tables, name, rows)),
                folded=present(_samples(tables, name)),
                missing="No system that sees images has been tested with other ones.",
            ),
            Section(
                "settings",
                "How much NeuMT trains",
                figures("sweep_layers", "sweep_specific"),
                missing="NeuMT has been trained at one setting: give values under multimodal.sweep.",
            ),
            Section(
                "layers",
                "Layers and neurons",
                figures("neurons"),
                folded=present(_layers(tables, name)),
                maps=present(importance_map(tables, name)),
                still=figures("layers"),
                missing="Layers have not been compared.",
            ),
        ]
        findings = _findings(tables, rows)
        found.append(Chapter(key, owner, f"Images: {name}", findings, sections))
    return found


def _averages(rows: pd.DataFrame, metric: str, split: str = "test") -> dict[str, Row]:
    """System -> its row of the average over languages."""
    chosen = rows[(rows["metric"] == metric) & (rows["split"] == split) & (rows["tgt"] == "X")]
    return _by(chosen[chosen["tier"] == "all"], "method")


def _by(rows: pd.DataFrame, key: str) -> dict[str, Row]:
    """The first row of each value of a column."""
    found: dict[str, Row] = {}
    for row in records(rows):
        found.setdefault(str(row[key]), row)
    return found


def _systems(rows: pd.DataFrame) -> list[str]:
    return [str(name) for name in rows["method"].unique()]


def _scores(tables: Multimodal, benchmark: str, rows: pd.DataFrame, metric: str) -> Table | None:
    """A system's score in every language and on average, and its difference from the baseline."""
    chosen = rows[(rows["metric"] == metric) & (rows["split"] == "test")]
    if chosen.empty:
        return None
    languages = [str(code) for code in chosen["tgt"].unique() if code != "X"]
    averages, deltas = _averages(rows, metric), _averages(rows, f"{metric}_delta")
    theirs = multimodal_paper.published("1", "2", "3") if metric == "BLEU" else {}
    body = []
    for system in _systems(chosen):
        mine, name = _by(chosen[chosen["method"] == system], "tgt"), tables.published.get(system, "")
        notes = (multimodal_paper.note(theirs, tables.papers.get(benchmark, ""), name, code) for code in languages)
        cells = [_cell(mine.get(code), fixed, note) for code, note in zip(languages, notes, strict=True)]
        cells += [_cell(averages.get(system), fixed), _cell(deltas.get(system), signed)]
        body.append([Cell(tables.label(system), where={"method": system}), *cells])
    columns = ["System", *languages, "Average", "Difference"]
    heads: list[Where] = [{}, *({"tgt": code, "metric": metric} for code in languages)]
    heads += [{"tgt": "X", "tier": "all", "metric": name} for name in (metric, f"{metric}_delta")]
    where = {"benchmark": benchmark, "split": "test"}
    return Table("multimodal_scores", f"{metric} of every system", columns, body, _SOURCE, where, heads)


def _cell(row: Row | None, write: Format, note: str = "") -> Cell:
    if row is None:
        return Cell(MISSING, note)
    ends = (row["ci_low"], row["ci_high"])
    notes = ", ".join(filter(None, (between(*ends, write), note)))
    return Cell(write(row["value"]), notes, float(row["value"]), bounds=bounds(*ends))


def _images(tables: Multimodal, benchmark: str, rows: pd.DataFrame) -> Table | None:
    """BLEU and accuracy on words that only the image explains, with the own image, another's and a blank one."""
    tested = [split for split in _IMAGES if split in set(rows["split"])]
    if len(tested) < 2:
        return None
    metrics: list[tuple[str, str, Format]] = [("BLEU", "BLEU", fixed)]
    if _averages(rows, "sense_accuracy"):
        metrics.append(("sense_accuracy", "Right sense", percent))
    columns = ["System", *(f"{title}, {_IMAGES[split]}" for _, title, _ in metrics for split in tested)]
    found = {(name, split): _averages(rows, name, split) for name, _, _ in metrics for split in tested}
    body = [
        [
            Cell(tables.label(system), where={"method": system}),
            *(_cell(found[name, split].get(system), write) for name, _, write in metrics for split in tested),
        ]
        for system in _systems(rows[rows["split"] != "test"])
    ]
    heads: list[Where] = [{}, *({"metric": name, "split": split} for name, _, _ in metrics for split in tested)]
    where = {"benchmark": benchmark, "tgt": "X", "tier": "all"}
    title = "With its own image, another's, and none"
    return Table("multimodal_images", title, columns, body, _SOURCE, where, heads)


def _samples(tables: Multimodal, benchmark: str) -> Table | None:
    """Translations by the baseline with a sentence's own image and with another's, where they differ."""
    rows = tables.hypotheses.get(benchmark)
    if rows is None:
        return None
    keys = ["tgt", "sentence_id"]
    other = rows[rows["split"] == "test.shuffled"].set_index(keys)["hypothesis"].rename("other")
    both = rows[rows["split"] == "test"].join(other, on=keys, how="inner")
    differing = both[both["hypothesis"] != both["other"]]
    if differing.empty:
        return None
    shown = differing.groupby("tgt", sort=False).head(max(1, _SAMPLES // differing["tgt"].nunique()))
    body = [
        [Cell(str(row[name])) for name in ("source", "tgt", "reference", "hypothesis", "other")]
        for row in records(shown)
    ]
    share = percent(len(differing) / len(both), 0)
    title = f"Translations by {tables.label(tables.baseline)} that change with another's image, the first of {share}"
    return Table(
        "multimodal_samples", title, ["Caption", "Language", "Reference", "Own image", "Another's image"], body
    )


def _layers(tables: Multimodal, benchmark: str) -> Table | None:
    """The layers of the highest importance, mean over languages and each."""
    rows = tables.layers.get(benchmark)
    if rows is None or rows.empty:
        return None
    wide = rows.assign(importance=1 - rows["similarity"]).pivot(
        index=["layer", "module", "units"], columns="language", values="importance"
    )
    languages = [str(code) for code in wide.columns]
    wide.insert(0, "mean", wide.mean(axis=1))
    body = [
        [
            Cell(str(row["module"]), where={"module": str(row["module"])}),
            *(Cell(str(row[name]), sort=float(row[name])) for name in ("layer", "units")),
            *(Cell(fixed(row[name], 3), sort=float(row[name])) for name in ("mean", *languages)),
        ]
        for row in records(wide.nlargest(_TOP, "mean").reset_index())
    ]
    columns = ["Layer", "Depth", "Neurons", "Mean", *languages]
    where = {"benchmark": benchmark}
    return Table("multimodal_layers", "Importance of layers", columns, body, "layers/{benchmark}", where)


def _findings(tables: Multimodal, rows: pd.DataFrame) -> list[str]:
    found = _averages(rows, "BLEU")
    said = []
    if found:
        best = max(found, key=lambda system: float(found[system]["value"]))
        value = fixed(found[best]["value"])
        said.append(f"The best of {len(found)} systems is {tables.label(best)}, with {value} BLEU on average.")
    said += _verdicts(tables, _averages(rows, "BLEU_delta"))
    own, shuffled = _averages(rows, "sense_accuracy"), _averages(rows, "sense_accuracy", "test.shuffled")
    shares = [
        f"{tables.label(system)} {percent(row['value'], 0)} ({percent(shuffled[system]['value'], 0)})"
        for system, row in own.items()
        if system in shuffled
    ]
    if shares:
        said.append(
            "Words that only the image explains have the right sense, with the sentence's image (with another's; "
            f"chance is half): {', '.join(shares)}."
        )
    return said


def _verdicts(tables: Multimodal, deltas: dict[str, Row]) -> list[str]:
    """Which systems are better or worse than the baseline, and of which that is not shown."""
    better = [tables.label(name) for name, row in deltas.items() if row["ci_low"] > 0]
    worse = [tables.label(name) for name, row in deltas.items() if row["ci_high"] < 0]
    same = [tables.label(name) for name in deltas if tables.label(name) not in (*better, *worse)]
    parts = (("better", better), ("worse", worse), ("no difference is shown", same))
    told = "; ".join(f"{verdict}: {', '.join(names)}" for verdict, names in parts if names)
    return [f"BLEU beside that of {tables.label(tables.baseline)}: {told}."] if told else []
