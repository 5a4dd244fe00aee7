"""Maps to explore on the page, whose rows are languages.

What units do and how they are shared, which layers matter, and how well each method translates without the pivot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from crosstalk.report import neurons, scores
from crosstalk.report.data import ReportData, records, stacked
from crosstalk.report.matrix_heatmap import clustered
from crosstalk.report.multimodal_data import Multimodal

_VARIANCE = "Median over the layer's units of the variance inside equivalence sets; units that never vary are left out."
_SILENT = "Units of the layer that never vary inside equivalence sets."
_OWN = "Of the language's syntax-sensitive units in the layer, those that are it in no other language."
_SHARED = (
    "Jaccard overlap of the language's syntax-sensitive units in the layer with another language's, mean over those."
)
_PAIRS = (
    "Jaccard overlap of the syntax-sensitive units of two languages; random sets of the same sizes give {expected}."
)
_IMPORTANCE = "1 minus the similarity of the layer's activations before and after fine-tuning (Eq. 3)."
_LAYERS = "rows are languages, columns layers"
_BLEU = "BLEU from the row's language into the column's, in per cent."
_DELTA = "BLEU minus the baseline's, from the row's language into the column's: blue where the method is better."


@dataclass(frozen=True)
class LanguageMap:
    """``name`` finds the caption; ``axes`` say what rows and columns are; ``data`` is for the page's script."""

    name: str
    title: str
    axes: str
    data: dict[str, Any]


def unit_map(data: ReportData, benchmark: str) -> LanguageMap | None:
    """Variance and silent units of every profile, sharing of every partition, by layer and language."""
    tables = data.benchmarks[benchmark]
    profiles, partitions = tables.variances, stacked(tables.partitions, "partition", neurons.layer_sharing)
    wide = []
    for name, rows in _each(profiles, "profile"):
        rows = rows.assign(silent=rows["silent"] / rows["units"])
        wide += [
            (f"variance{name}", "value", _VARIANCE, _wide(rows, "q50")),
            (f"silent units{name}", "share", _SILENT, _wide(rows, "silent")),
        ]
    for name, rows in _each(partitions, "partition"):
        wide += [
            (f"overlap with other languages{name}", "value", _SHARED, _wide(rows, "jaccard")),
            (f"syntax-sensitive units of its own{name}", "share", _OWN, _wide(rows, "own")),
        ]
    if not wide:
        return None
    languages = sorted({code for *_, values in wide for code in values.index})
    layers = sorted({layer for *_, values in wide for layer in values.columns})
    places = {} if profiles.empty else dict(zip(profiles["layer"], profiles["place"], strict=True))
    names = [{"name": places.get(layer, f"Layer {layer}"), "note": ""} for layer in layers]
    measures = [
        _measure(title, unit, meaning, values.reindex(index=languages, columns=layers).to_numpy(float))
        for title, unit, meaning, values in wide
    ]
    shown = {"languages": [data.language(code) for code in languages], "layers": names, "measures": measures}
    return LanguageMap("unit_map", "Units by layer and language", _LAYERS, shown)


def overlap_map(data: ReportData, benchmark: str) -> LanguageMap | None:
    """Overlap of the syntax-sensitive units of every two languages, for every partition."""
    rows = data.benchmarks[benchmark].overlaps
    if rows.empty:
        return None
    languages = sorted(set(rows["first"]))
    measures = []
    for name, part in _each(rows, "partition"):
        values = part.pivot(index="first", columns="second", values="jaccard").reindex(
            index=languages, columns=languages
        )
        square = values.to_numpy(float, copy=True)
        np.fill_diagonal(square, np.nan)
        expected = neurons.distinct(part)["expected"].mean()
        meaning = _PAIRS.format(expected="none" if np.isnan(expected) else f"{expected:.2f} on average")
        measure = _measure(f"Jaccard{name}", "value", meaning, square)
        measures.append(measure | {"low": float(np.nanmin([measure["low"], expected]))})
    names = [data.language(code) for code in languages]
    layers = [{"name": name, "note": ""} for name in names]
    shown = {"languages": names, "layers": layers, "measures": measures, "square": True}
    return LanguageMap(
        "overlap", "Overlap of syntax-sensitive units between languages", "rows and columns are languages", shown
    )


def importance_map(tables: Multimodal, benchmark: str) -> LanguageMap | None:
    """Importance of every layer of the image + text model for every language (Fig. 4a)."""
    rows = tables.layers.get(benchmark)
    if rows is None or rows.empty:
        return None
    values = rows.assign(importance=1 - rows["similarity"]).pivot(
        index="language", columns=["layer", "module"], values="importance"
    )
    layers = [{"name": str(row["layer"]), "note": str(row["module"])} for row in records(values.columns.to_frame())]
    measures = [_measure("importance", "value", _IMPORTANCE, values.to_numpy(float))]
    shown = {"languages": [str(code) for code in values.index], "layers": layers, "measures": measures}
    return LanguageMap("multimodal_layers", "Importance of every layer", _LAYERS, shown)


def zero_shot_map(data: ReportData, benchmark: str) -> LanguageMap | None:
    """BLEU of every method in every zero-shot direction, and its difference from the baseline."""
    rows = scores.first_split(scores.averaged(data, benchmark))
    if rows.empty:
        return None
    rows = scores.directions(rows)
    rows = rows[rows["tier"] == scores.ZERO_SHOT]
    languages = sorted({*rows["src"], *rows["tgt"]})
    measures = []
    for method, part in rows.groupby("method", sort=False):
        for metric, title, meaning in (("BLEU", "BLEU", _BLEU), ("BLEU_delta", "difference from the baseline", _DELTA)):
            wide = part[part["metric"] == metric].pivot(index="src", columns="tgt", values="value")
            square = wide.reindex(index=languages, columns=languages).to_numpy(float)
            if np.isfinite(square).any():
                found = _measure(f"{data.method(str(method))}: {title}", "value", meaning, square)
                measures.append(found | {"diverging": metric == "BLEU_delta"})
    if not measures:
        return None
    names = [data.language(code) for code in languages]
    layers = [{"name": name, "note": ""} for name in names]
    shown = {"languages": names, "layers": layers, "measures": measures, "square": True}
    return LanguageMap("zero_shot", "Zero-shot directions", "rows are sources, columns targets", shown)


def _each(rows: pd.DataFrame, column: str) -> list[tuple[str, pd.DataFrame]]:
    """The rows of each value of a column, with what to add to a title: nothing where there is one value."""
    if rows.empty:
        return []
    groups = list(rows.groupby(column, sort=False))
    return [(f", {name}" if len(groups) > 1 else "", part) for name, part in groups]


def _wide(rows: pd.DataFrame, values: str) -> pd.DataFrame:
    return rows.pivot(index="language", columns="layer", values=values)


def _measure(title: str, unit: str, meaning: str, values: Float[np.ndarray, "languages layers"]) -> dict[str, Any]:
    """Values from left to right and top to bottom; logarithmic colours where they span more than a factor of 100."""
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    return {
        "title": title,
        "unit": unit,
        "meaning": meaning,
        "values": [None if np.isnan(value) else float(f"{value:.4g}") for value in values.ravel()],
        "low": low,
        "high": high,
        "logarithmic": low > 0 and high / low > 100,
        "similar": clustered(values),
    }
