"""The page: one file without network, readable without JavaScript, with every text from data escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from crosstalk.artefacts import whole_file
from crosstalk.report import (
    charts,
    downstream_chapter,
    language_maps,
    matrix_chapter,
    multimodal_chapter,
    origins,
    samples,
    score_tables,
    summary,
    tables,
)
from crosstalk.report.data import Benchmark, ReportData
from crosstalk.report.drawings import ALL, DOWNSTREAM, MATRIX, Drawings, draw, save
from crosstalk.report.exports import named, save_tables
from crosstalk.report.numbers import percent
from crosstalk.report.paper import paper_tables
from crosstalk.report.published import published_table
from crosstalk.report.section import Chapter, Figure, Section, figure, present
from crosstalk.report.table import Table

_TITLES = {
    "differences": "Differences from the baseline",
    "sensitivity": "How much a method depends on its settings",
    "zero_shot": "BLEU of every zero-shot direction",
    "zero_shot_difference": "Difference from the baseline in every zero-shot direction",
    "gamma": "Gradient consistency γ",
    "variance": "Variance inside equivalence sets by layer",
    "overlap": "Overlap of syntax-sensitive units between languages",
    "roles": "Roles of units by layer",
    "truth": "What units know, checked against the world",
    "curves": "Training curves",
    "cost": "Time of each stage",
}

_PARTS = {
    "css": ("page", "grid", "tables"),
    "js": (
        "text", "colours", "grid", "tables", "intervals", "filters", "origins", "languages", "matrix", "maps", "tips",
        "start",
    ),
}  # fmt: skip
"""Files of ``templates`` that make the style and the script, in order: a later one uses what stands before."""

_LONG = 1000
"""Rows of a table from which on it is a file beside the page, and not on it."""


def chapters(data: ReportData, drawings: Drawings) -> list[Chapter]:
    """The parts of the page, in order. A part of one's own is a ``Chapter`` that is added here."""
    found = [_chapter(data, name, f"b{place}", drawings[name]) for place, name in enumerate(data.benchmarks, 1)]
    if data.matrix is not None:
        found.append(matrix_chapter.chapter(data.matrix, drawings[MATRIX]))
    if data.downstream is not None:
        found.append(downstream_chapter.chapter(data.downstream, drawings[DOWNSTREAM]))
    if data.multimodal is not None:
        found += multimodal_chapter.chapters(data.multimodal, drawings)
    return found


def render(data: ReportData) -> str:
    """The report as one HTML document; parts without data say what is missing."""
    drawings = draw(data)
    return _page(data, drawings, chapters(data, drawings))


def _page(data: ReportData, drawings: Drawings, parts: list[Chapter]) -> str:
    environment = Environment(
        loader=PackageLoader("crosstalk.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["id"] = id
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "allow_nan": False}
    found = origins.origins(data)
    style, script = ("".join(_template(f"{name}.{kind}") for name in _PARTS[kind]) for kind in ("css", "js"))
    return environment.get_template("page.html.j2").render(
        data=data,
        chapters=parts,
        files={id(table): name for name, table in named(parts, []) if len(table.rows) > _LONG},
        cost=_cost(data, drawings[ALL]),
        cost_findings=summary.cost(data),
        provenance=_provenance(data),
        origins=present(origins.origins_table(found)),
        anchors=origins.anchors(found),
        known=origins.known(data, found),
        confidence="" if data.confidence is None else percent(data.confidence, 0),
        style=Markup(style),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def write(data: ReportData, path: str | Path, folder: str | Path, figures: Iterable[tuple[str, str, str]] = ()) -> None:
    """Write the report, its tables as files in ``folder``, and ``figures``, as ``drawings.save`` takes them.

    Each file is whole or not there at all.
    """
    drawings = draw(data)
    parts = chapters(data, drawings)
    save(drawings, figures)
    save_tables(named(parts, [*present(tables.cost_table(data)), *_provenance(data)]), folder)
    with whole_file(path) as page:
        page.write_text(_page(data, drawings, parts), encoding="utf-8")


def _provenance(data: ReportData) -> list[Table]:
    return present(tables.provenance_table(data), tables.signature_table(data))


def _template(name: str) -> str:
    return (files("crosstalk.report") / "templates" / name).read_text(encoding="utf-8")


def _chapter(data: ReportData, name: str, key: str, drawn: Mapping[str, str]) -> Chapter:
    def figures(*wanted: str) -> list[Figure]:
        return [_figure(name, key, drawn[name]) for name in wanted if name in drawn]

    overlap, wide = samples.mean_overlap(data, name), charts.too_wide(data, name)
    sections = [
        Section(
            "corpus",
            "Data",
            tables=present(tables.corpus_table(data, name)),
            missing="Counts of the corpora are missing.",
        ),
        Section(
            "scores",
            "Scores",
            figures("differences"),
            score_tables.score_tables(data, name) + present(published_table(data, name)),
            folded=present(score_tables.direction_table(data, name)),
            note=_seeds(data.benchmarks[name]),
            missing="No method has been scored.",
        ),
        Section(
            "paper",
            "Tables of the paper",
            tables=paper_tables(data, name),
            missing="No two methods of a table of the paper have been scored.",
        ),
        Section(
            "sensitivity",
            "Sensitivity",
            figures("sensitivity"),
            missing="No method was varied: name one under sensitivity.",
        ),
        Section(
            "zero-shot",
            "Zero-shot directions",
            [] if wide else figures("zero_shot", "zero_shot_difference"),
            missing="No zero-shot direction has been scored.",
            maps=present(language_maps.zero_shot_map(data, name)) if wide else [],
            still=figures("zero_shot", "zero_shot_difference") if wide else [],
        ),
        Section(
            "gamma",
            "Gradient consistency",
            figures("gamma"),
            folded=present(tables.gamma_table(data, name)),
            missing="γ has not been measured.",
        ),
        Section(
            "neurons",
            "Neurons",
            figures("variance", "roles"),
            present(tables.stability_table(data, name)),
            folded=present(
                tables.variance_table(data, name), tables.roles_table(data, name), tables.overlap_table(data, name)
            ),
            missing="No unit has been profiled.",
            maps=present(language_maps.unit_map(data, name), language_maps.overlap_map(data, name)),
            still=figures("overlap"),
        ),
        Section(
            "truth",
            "Truth check",
            figures("truth"),
            present(tables.truth_table(data, name)),
            missing="No truth check: only the embedded world knows what units should know.",
        ),
        Section(
            "curves",
            "Training",
            figures("curves"),
            present(tables.budget_table(data, name)),
            missing="No training curve has been recorded.",
        ),
        Section(
            "sets",
            "Equivalence sets to read",
            samples=samples.equivalence_sets(data, name),
            note=""
            if overlap is None
            else f"On average, paraphrases share {percent(overlap, 0)} of the source's tokens.",
            missing="No equivalence sets were given.",
        ),
        Section(
            "translations",
            "Translations to read",
            samples=samples.translations(data, name),
            missing="No translations were given.",
        ),
    ]
    return Chapter(key, name, f"Benchmark {name}", summary.findings(data, name), sections)


def _cost(data: ReportData, drawn: Mapping[str, str]) -> Section:
    figures = [_figure(name, "all", svg) for name, svg in drawn.items()]
    costs = present(tables.cost_table(data))
    return Section("cost", "Cost", figures, costs, missing="The cost of the stages has not been recorded.")


def _figure(name: str, key: str, svg: str) -> Figure:
    return figure(name, f"{key}-{name}", _TITLES[name], svg)


def _seeds(benchmark: Benchmark) -> str:
    """Says how seeds are put together when there are several."""
    seeds = 0 if benchmark.scores is None else len(benchmark.scores["seed"].unique())
    return f"Means over {seeds} seeds; intervals span those of all seeds." if seeds > 1 else ""
