"""Tables 1 to 3 of the LLaVA-NeuMT paper: what was measured here, with the paper's numbers beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crosstalk.report.multimodal_data import Multimodal
from crosstalk.report.numbers import MISSING, fixed, signed
from crosstalk.report.published import published_rows
from crosstalk.report.table import Cell, Table, Where, between, bounds

Row = dict[str, Any]
_BENCHMARKS = ("M3-Multi30K", "M3-AmbigCaps")
_CODES = {
    "fra_Latn": "en-fr", "ces_Latn": "en-cs", "deu_Latn": "en-de", "lvs_Latn": "en-lv", "lav_Latn": "en-lv",
    "hin_Deva": "en-hi", "tur_Latn": "en-tr",
}  # fmt: skip
_FULL, _STANDARD = "LLaVA-1.5 SFT", "standard (1:9)"
Published = Mapping[tuple[str, str, str], float]
"""(system, benchmark, direction or avg) -> BLEU."""


def published(*tables: str) -> Published:
    """The values of some tables of the paper."""
    rows = [row for row in published_rows("LLaVA-NeuMT", "BLEU-4") if row["table"] in tables]
    return {(row["system"], row["benchmark"], row["setting"]): float(row["value"]) for row in rows}


def note(known: Published, benchmark: str, system: str, language: str) -> str:
    """What the paper has for a direction; nothing where the benchmark is not one of the paper's."""
    value = known.get((system, benchmark, _CODES.get(language, language)))
    return "" if value is None else f"paper {fixed(value)}"


def paper_tables(
    tables: Multimodal, benchmark: str, averages: Mapping[str, Row], deltas: Mapping[str, Row]
) -> list[Table]:
    """The paper's averages beside those here; ``averages`` of BLEU and ``deltas`` from the baseline by system."""
    where = {"benchmark": benchmark, "split": "test", "tgt": "X", "tier": "all"}
    ours = {name: system for system, name in tables.published.items() if name and system in averages}
    both = (
        ("Tables 1 and 2 of the paper: all systems", published("1", "2"), _FULL),
        ("Table 3 of the paper: which neurons are trained", published("3"), _STANDARD),
    )
    found = []
    for title, known, reference in both:
        systems = list(dict.fromkeys(system for system, _, _ in known))
        if len(set(systems) & set(ours)) < 2:
            continue
        benchmarks = [name for name in _BENCHMARKS if any(place == name for _, place, _ in known)]
        body = [_line(tables, name, ours.get(name), known, benchmarks, reference, averages, deltas) for name in systems]
        theirs = [heading for name in benchmarks for heading in (f"{name}, paper", f"to {reference}")]
        columns = ["System", "Average here", f"to {tables.label(tables.baseline)}", *theirs]
        heads: list[Where | None] = [{}, {"metric": "BLEU"}, {"metric": "BLEU_delta"}, *(None for _ in theirs)]
        found.append(Table("multimodal_paper", title, columns, body, "images/{benchmark}/{method}", where, heads))
    return found


def _line(
    tables: Multimodal, name: str, system: str | None, known: Published, benchmarks: list[str], reference: str,
    averages: Mapping[str, Row], deltas: Mapping[str, Row],
) -> list[Cell]:  # fmt: skip
    cells = [Cell(name) if system is None else Cell(tables.label(system), where={"method": system})]
    cells += [_measured(averages.get(system or ""), fixed), _measured(deltas.get(system or ""), signed)]
    for benchmark in benchmarks:
        value, other = known.get((name, benchmark, "avg")), known.get((reference, benchmark, "avg"))
        cells.append(Cell(fixed(value), sort=value))
        change = None if value is None or other is None or name == reference else value - other
        cells.append(Cell(signed(change), sort=change))
    return cells


def _measured(row: Row | None, write: Any) -> Cell:
    if row is None:
        return Cell(MISSING)
    ends = (row["ci_low"], row["ci_high"])
    return Cell(write(row["value"]), between(*ends, write), float(row["value"]), bounds=bounds(*ends))
