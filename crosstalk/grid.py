"""What exists in a run: benchmarks, seeds, methods, and the stages that methods share."""

from __future__ import annotations

from typing import Any

from crosstalk.config.data import Benchmark
from crosstalk.config.nrd import Method
from crosstalk.config.root import Config
from crosstalk.methods.registry import module

FOUNDATION = "foundation"
CONTROLS = ("identical", "random")
"""Sets, and statistics, that are not meant to find anything."""


def benchmarks(config: Config) -> list[str]:
    """Names of the benchmarks that part 1 runs."""
    if config.nmt.benchmarks is not None:
        return list(config.nmt.benchmarks)
    return list(config.benchmarks)


def matrix_benchmark(config: Config) -> str:
    """Name of the benchmark that the matrix is measured on."""
    return config.matrix.benchmark or next(iter(config.benchmarks))


def matrix_languages(config: Config) -> list[str]:
    """Languages of the matrix in its order; none when part 2 is left out."""
    chosen = config.matrix.languages
    return list(config.benchmarks[matrix_benchmark(config)].languages if chosen is None else chosen)


def corpora(config: Config) -> list[str]:
    """Benchmarks whose corpora are read: those of part 1 and the matrix's."""
    matrix = [matrix_benchmark(config)] if matrix_languages(config) else []
    return list(dict.fromkeys([*benchmarks(config), *matrix]))


def corpus(benchmark: Benchmark) -> dict[str, Any]:
    """What a benchmark's corpus depends on: not how many sentences are tested, nor where tiers begin."""
    later = {"test_sentences", "zero_shot_sentences", "high_tier", "medium_tier"}
    return benchmark.model_dump(mode="json", exclude_unset=True, exclude=later)


def methods(config: Config) -> list[str]:
    """Names of the methods that run, the baseline among them, in the order of the configuration."""
    chosen = {config.nmt.baseline, *(config.nmt.methods or config.methods)}
    return [name for name in config.methods if name in chosen]


def model_of(method: Method) -> str:
    """Name of the model a method decodes with; methods of equal sets, statistic and training share one."""
    if method.training == "none":
        return FOUNDATION
    return ".".join([method.training, method.sets, method.statistic])


def tuned(config: Config) -> dict[str, Method]:
    """Models trained from the foundation -> a method that describes them."""
    rows = {model_of(config.methods[name]): config.methods[name] for name in methods(config)}
    return {name: row for name, row in rows.items() if name != FOUNDATION}


def needs_gamma(method: Method) -> bool:
    """Whether a method's filter depends on gradient consistency."""
    return method.filter != "none" and bool(module("filter", method.filter).NEEDS_GAMMA)


def partitions(config: Config) -> list[tuple[str, str]]:
    """(sets, statistic) of every partition that some method needs."""
    rows = [config.methods[name] for name in methods(config)]
    return sorted({(row.sets, row.statistic) for row in rows if row.statistic != "none"})


def claims(config: Config) -> list[tuple[str, str]]:
    """Partitions that are said to find syntax-sensitive units, not controls: what is checked and shown, by variance
    first."""
    found = [row for row in partitions(config) if not set(row) & set(CONTROLS)]
    return sorted(found, key=lambda row: (row[1] != "variance", row))


def gamma_models(config: Config) -> list[str]:
    """Models whose gamma is measured: those a filter needs, and always the foundation to compare with."""
    rows = [config.methods[name] for name in methods(config)]
    measured = {model_of(row) for row in rows if needs_gamma(row)}
    return sorted(measured | {FOUNDATION}) if measured else []
