"""What exists in a run: benchmarks, seeds, methods, and the stages that methods share."""

from __future__ import annotations

from typing import Any

from crosstalk.config import science_hash
from crosstalk.config.data import Benchmark
from crosstalk.config.nrd import Method, Overridable
from crosstalk.config.root import Config
from crosstalk.config.training import Specialisation
from crosstalk.config.variations import variations, varied, written
from crosstalk.methods import registry

FOUNDATION = "foundation"
CONTROLS = ("identical", "random")
"""Sets, and statistics, that are not meant to find anything."""
PROFILED = ("pooling", "k")
"""Settings of the selection that a profile depends on."""


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


def downstream_benchmark(config: Config) -> str:
    """Name of the benchmark that downstream encoders are trained on."""
    return config.downstream.benchmark or matrix_benchmark(config)


def downstream_languages(config: Config) -> list[str]:
    """Languages that downstream encoders may be trained on: the benchmark's that the matrix has; none without it."""
    if not config.downstream.targets:
        return []
    measured = matrix_languages(config)
    return [code for code in config.benchmarks[downstream_benchmark(config)].languages if code in measured]


def corpora(config: Config) -> list[str]:
    """Benchmarks whose corpora are read: those of part 1, the matrix's and those with images."""
    return list(dict.fromkeys([*tokenised(config), *config.multimodal.benchmarks]))


def tokenised(config: Config) -> list[str]:
    """Benchmarks that become tokens: those of part 1, the matrix's and that of its downstream evaluation."""
    matrix = [matrix_benchmark(config)] if matrix_languages(config) else []
    downstream = [downstream_benchmark(config)] if config.downstream.targets else []
    return list(dict.fromkeys([*benchmarks(config), *matrix, *downstream]))


def corpus(benchmark: Benchmark) -> dict[str, Any]:
    """What a benchmark's corpus depends on: not how many sentences are tested, nor where tiers begin."""
    later = {"test_sentences", "zero_shot_sentences", "high_tier", "medium_tier"}
    return benchmark.model_dump(mode="json", exclude_unset=True, exclude=later)


def methods(config: Config) -> dict[str, Method]:
    """The methods that run by name, the baseline among them, in the order of the configuration; variations last."""
    chosen = {config.nmt.baseline, *(config.nmt.methods or config.methods), *variations(config)}
    return {name: row for name, row in varied(config).items() if name in chosen}


def sets_of(method: Method) -> str:
    """Name of the sets that a method's units are judged on, as they are profiled."""
    own = method.settings.get("selection", {})
    return "-".join([method.sets, *(f"{key}-{written(own[key])}" for key in PROFILED if key in own)])


def statistic_of(method: Method) -> str:
    """Name of a method's statistic, as units get their roles by it."""
    own = method.settings.get("selection", {})
    parts = (f"{key}-{written(value)}" for key, value in sorted(own.items()) if key not in PROFILED)
    return "-".join([method.statistic, *parts])


def model_of(method: Method) -> str:
    """Name of the model a method decodes with; methods of equal sets, statistic and training share one."""
    if method.training == "none":
        return FOUNDATION
    parts = [method.training]
    parts += [sets_of(method), statistic_of(method)] if method.statistic != "none" else []
    parts += [method.start] if method.start != "foundation" else []
    own = [value for value in (method.options, method.settings.get("specialisation")) if value]
    return ".".join([*parts, *map(science_hash, own)])


def trainings(method: Method) -> list[str]:
    """Models that are trained one after another, from the encoder's or a random one to a method's."""
    model = model_of(method)
    return [model] if model == FOUNDATION or method.start != "foundation" else [FOUNDATION, model]


def section(config: Config, method: Method, name: Overridable) -> Any:
    """A section of the configuration with what a method has otherwise."""
    whole = getattr(config, name)
    return type(whole).model_validate({**whole.model_dump(), **method.settings.get(name, {})})


def training(config: Config, method: Method) -> Specialisation:
    """Settings of a method's training: what does not start from the foundation trains as long as it and more."""
    own: Specialisation = section(config, method, "specialisation")
    if method.start == "foundation":
        return own
    whole = config.foundation.model_dump(exclude={"trainer"})
    return Specialisation(**{**own.model_dump(), **whole, "updates": config.foundation.updates + own.updates})


def options(method: Method) -> dict[str, Any]:
    """Options of a method's training, defaults included."""
    return registry.options(method.training, method.options)


def tuned(config: Config) -> dict[str, Method]:
    """Models trained from the foundation -> a method that describes them."""
    rows = {model_of(row): row for row in methods(config).values()}
    return {name: row for name, row in rows.items() if name != FOUNDATION}


def needs_gamma(method: Method) -> bool:
    """Whether a method's filter depends on gradient consistency."""
    return method.filter != "none" and bool(registry.module("filter", method.filter).NEEDS_GAMMA)


def partitions(config: Config) -> dict[tuple[str, str], Method]:
    """Names of the sets and of the statistic of every partition that some method needs -> such a method."""
    rows = [row for row in methods(config).values() if row.statistic != "none"]
    found = {(sets_of(row), statistic_of(row)): row for row in rows}
    return dict(sorted(found.items()))


def claims(config: Config) -> list[tuple[str, str]]:
    """Partitions that are said to find syntax-sensitive units, neither controls nor variations: what is checked and
    shown, by variance first."""
    found = [
        names
        for names, row in partitions(config).items()
        if names == (row.sets, row.statistic) and not set(names) & set(CONTROLS)
    ]
    return sorted(found, key=lambda row: (row[1] != "variance", row))


def gamma_models(config: Config) -> list[str]:
    """Models whose gamma is measured: those a filter needs, and always the foundation to compare with."""
    measured = {model_of(row) for row in methods(config).values() if needs_gamma(row)}
    return sorted(measured | {FOUNDATION}) if measured else []
