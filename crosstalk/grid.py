"""What exists in a run: benchmarks, seeds, methods, and the stages that methods share."""

from __future__ import annotations

from crosstalk.config.nrd import Method
from crosstalk.config.root import Config
from crosstalk.methods.registry import module

FOUNDATION = "foundation"


def benchmarks(config: Config) -> list[str]:
    """Names of the benchmarks that run."""
    return list(config.nmt.benchmarks or config.benchmarks)


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


def gamma_models(config: Config) -> list[str]:
    """Models whose gamma is measured: those a filter needs, and always the foundation to compare with."""
    rows = [config.methods[name] for name in methods(config)]
    measured = {model_of(row) for row in rows if needs_gamma(row)}
    return sorted(measured | {FOUNDATION}) if measured else []
