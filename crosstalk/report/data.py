"""What the report is made from: tables of each benchmark, costs and provenance."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from crosstalk.errors import CrosstalkError
from crosstalk.report import neurons
from crosstalk.report.downstream_data import Downstream
from crosstalk.report.matrix_data import MatrixTables
from crosstalk.report.multimodal_data import Multimodal
from crosstalk.report.origin import Origin

COSTS = pa.schema(
    [
        ("stage", pa.string()),
        ("job", pa.string()),
        ("seconds", pa.float64()),
        ("max_rss", pa.float64()),
        ("cpu_seconds", pa.float64()),
    ]
)
"""Wall-clock seconds, largest resident memory (MB) and CPU seconds of each job; null where not measured."""


@dataclass(frozen=True)
class Benchmark:
    """Tables of one benchmark; a table that is absent leaves its section out or says what is missing.

    ``scores`` SCORES · ``gamma`` model → GAMMA · ``profiles`` name → PROFILE · ``partitions`` name → PARTITION ·
    ``stability`` partition → STABILITY · ``curves`` model → CURVE · ``sets`` SETS ·
    ``hypotheses`` method → HYPOTHESES · ``truth`` TRUTH ·
    ``corpus`` a row per language: ``language``, then any columns of counts.
    """

    scores: pa.Table | None = None
    corpus: pa.Table | None = None
    gamma: Mapping[str, pa.Table] = field(default_factory=dict)
    profiles: Mapping[str, pa.Table] = field(default_factory=dict)
    partitions: Mapping[str, pa.Table] = field(default_factory=dict)
    stability: Mapping[str, pa.Table] = field(default_factory=dict)
    curves: Mapping[str, pa.Table] = field(default_factory=dict)
    sets: pa.Table | None = None
    hypotheses: Mapping[str, pa.Table] = field(default_factory=dict)
    truth: pa.Table | None = None

    @cached_property
    def means(self) -> pd.DataFrame:
        """Scores of each split, direction, tier, method and metric: ``value`` is the mean over seeds, ``ci_low`` and
        ``ci_high`` span the intervals of all seeds; ``seeds`` counts them."""
        rows = frame(self.scores)
        if rows.empty:
            return rows
        cells = rows.groupby(["split", "src", "tgt", "tier", "method", "metric"], sort=False, dropna=False)
        return cells.agg(
            value=("value", "mean"),
            ci_low=("ci_low", "min"),
            ci_high=("ci_high", "max"),
            n=("n", "max"),
            seeds=("seed", "nunique"),
        ).reset_index()

    @cached_property
    def variances(self) -> pd.DataFrame:
        """Quantiles of variance by profile, layer and language."""
        return stacked(self.profiles, "profile", neurons.quantiles)

    @cached_property
    def overlaps(self) -> pd.DataFrame:
        """Overlap of the syntactic units of every two languages by partition."""
        return stacked(self.partitions, "partition", neurons.overlaps)


@dataclass(frozen=True)
class ReportData:
    """Everything on the page; ``matrix`` is part 2, ``downstream`` what it tells of classification, ``multimodal``
    part 3.

    ``baseline`` and ``methods`` (key → label, in the order of the tables) name what the scores compare, ``published``
    (key → name) what the paper calls them, ``trainings`` (key → models) the curves that lead to a method's model,
    ``variations`` (key → setting → value) a method that was varied and those that differ from it in one setting;
    ``languages`` code → name; ``captions`` name of a figure or table → text; ``confidence`` of the intervals;
    ``provenance`` what → value; ``remake`` commands; ``origins`` the files that tables were read from, without scores.
    """

    benchmarks: Mapping[str, Benchmark] = field(default_factory=dict)
    matrix: MatrixTables | None = None
    downstream: Downstream | None = None
    multimodal: Multimodal | None = None
    title: str = "crosstalk"
    baseline: str = ""
    methods: Mapping[str, str] = field(default_factory=dict)
    published: Mapping[str, str] = field(default_factory=dict)
    trainings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    variations: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)
    captions: Mapping[str, str] = field(default_factory=dict)
    confidence: float | None = None
    costs: pa.Table | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)
    remake: tuple[str, ...] = ("make run",)
    origins: Sequence[Origin] = ()

    def method(self, key: str) -> str:
        """The label of a method; its key where it has none."""
        return self.methods.get(key) or key

    def language(self, code: str) -> str:
        """The name of a language; its code where it has none."""
        return self.languages.get(code) or code


def frame(table: pa.Table | None) -> pd.DataFrame:
    """A table as a data frame; no table is an empty one."""
    return pd.DataFrame() if table is None else table.to_pandas()


def stacked(
    tables: Mapping[str, pa.Table], name: str, derive: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows
) -> pd.DataFrame:
    """What ``derive`` makes of each table, below each other, with the table's key in the column ``name``."""
    frames = [derive(frame(table)).assign(**{name: key}) for key, table in tables.items() if table.num_rows]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows, each as column → value."""
    return [{str(column): value for column, value in row.items()} for row in rows.to_dict("records")]


def read_captions(folder: str | Path) -> dict[str, str]:
    """Captions by name from a folder of ``{name}.rst`` files, each a paragraph of plain text."""
    return {
        file.stem: " ".join(file.read_text(encoding="utf-8").split()) for file in sorted(Path(folder).glob("*.rst"))
    }


def jobs(folder: str | Path) -> dict[tuple[str, str], Path]:
    """(stage, job) -> benchmark file, for the files ``{stage}/{job}.tsv`` and ``{stage}.tsv`` of a folder."""
    folder = Path(folder)
    files = {file.relative_to(folder).with_suffix("").parts: file for file in sorted(folder.rglob("*.tsv"))}
    return {(parts[0], " ".join(parts[1:]) or parts[0]): file for parts, file in files.items()}


def read_costs(files: Mapping[tuple[str, str], str | Path]) -> pa.Table:
    """Rows of ``COSTS`` from Snakemake's benchmark files, (stage, job) → file; repeats of a job add up.

    Raises CrosstalkError when a file is missing or has no column ``s``.
    """
    rows = []
    for (stage, job), file in files.items():
        try:
            with Path(file).open(encoding="utf-8", newline="") as lines:
                runs = list(csv.DictReader(lines, delimiter="\t"))
        except OSError as error:
            raise CrosstalkError(f"{file}: {error.strerror}; expected a benchmark file of Snakemake") from error
        if not runs or "s" not in runs[0]:
            raise CrosstalkError(f"{file}: no column 's'; expected a benchmark file of Snakemake")
        seconds, memory, cpu = (_measured(runs, column) for column in ("s", "max_rss", "cpu_time"))
        rows.append(
            {
                "stage": stage,
                "job": job,
                "seconds": sum(seconds) if seconds else None,
                "max_rss": max(memory, default=None),
                "cpu_seconds": sum(cpu) if cpu else None,
            }
        )
    return pa.Table.from_pylist(rows, schema=COSTS)


def _measured(runs: list[dict[str, str]], column: str) -> list[float]:
    """Numbers of a column; Snakemake writes ``-`` or ``NA`` for what a short job did not let it measure."""
    return [float(run[column]) for run in runs if run.get(column) not in (None, "", "-", "NA")]
