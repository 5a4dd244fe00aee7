"""The part of the page that shows the interference matrix."""

from __future__ import annotations

from collections.abc import Mapping

from crosstalk.report import matrix_advice, matrix_summary, matrix_tables
from crosstalk.report.matrix_data import MatrixTables, caption_name
from crosstalk.report.matrix_heatmap import heatmap
from crosstalk.report.section import Chapter, Figure, Section, figure, present

KEY = "matrix"
_TITLES = {
    "training": "Training loss of each language alone",
    "convergence": "Mean loss of each language over all its models",
    "interference": "Interference matrix",
    "robustness": "Robustness and friendliness",
    "exposure": "Interference as dilution and conflict",
    "families": "Interference between families",
    "scripts": "Interference between scripts",
    "resources": "Robustness and friendliness by resource level",
    "correlation": "Embedding similarity and interference, language by language",
    "validation": "Predictions of held-out pairs, model by model",
    "prediction": "Predicted and measured interference of held-out cells",
}


def chapter(tables: MatrixTables, drawn: Mapping[str, str]) -> Chapter:
    """The matrix, its analysis and its predictions; parts without rows say what is missing.

    ``drawn`` are the figures' documents by name.
    """
    keys = {name: f"{KEY}-{place}" for place, name in enumerate(drawn, 1)}

    def figures(*wanted: str) -> list[Figure]:
        return [
            figure(caption_name(name), keys[name], _title(tables, name), drawn[name])
            for name in wanted
            if name in drawn
        ]

    sections = [
        Section(
            "matrix",
            "The matrix",
            figures("interference"),
            folded=present(matrix_tables.language_table(tables)),
            missing="No pair of languages has been trained.",
            heatmap=heatmap(tables) if "interference" in drawn else None,
        ),
        Section(
            "convergence",
            "Has every model learnt?",
            figures("training", "convergence"),
            folded=present(matrix_tables.convergence_table(tables)),
            missing="Losses have not been collected.",
        ),
        Section(
            "robustness",
            "Robustness and friendliness",
            figures("robustness"),
            present(matrix_tables.asymmetry_table(tables)),
            missing="Robustness has not been computed.",
        ),
        Section(
            "exposure",
            "Exposure control",
            figures("exposure"),
            present(matrix_tables.exposure_table(tables)),
            missing="No language was trained alone with half of each batch: dilution is unknown.",
        ),
        Section(
            "groups",
            "Families, scripts and resource levels",
            figures("families", "scripts", "resources"),
            present(matrix_tables.sharing_table(tables)),
            folded=present(matrix_tables.sharing_table(tables, "conflict")),
            missing="Too little is known of the languages to group them.",
        ),
        Section(
            "advice",
            "Which languages to mix",
            tables=present(matrix_advice.mix_table(tables), matrix_advice.language_table(tables)),
            missing="No mix is proposed: there are too few languages.",
        ),
        Section(
            "similarity",
            "Embedding similarity",
            figures("correlation", *(name for name in drawn if name.startswith("similarity_"))),
            present(matrix_tables.correlation_table(tables)),
            missing="No encoder's similarity has been compared.",
        ),
        Section(
            "prediction",
            "Predicting the matrix from part of it",
            figures("validation", "prediction"),
            present(matrix_tables.next_table(tables)),
            folded=present(matrix_tables.validation_table(tables)),
            missing="Nothing was predicted.",
        ),
    ]
    return Chapter(KEY, "the interference matrix", "Interference matrix", matrix_summary.findings(tables), sections)


def _title(tables: MatrixTables, name: str) -> str:
    if name in _TITLES:
        return _TITLES[name]
    return f"{tables.name(name.partition('_')[2])}: interference and embedding similarity"
