"""Paths and input functions of the workflow: pure functions of the configuration and of a rule's wildcards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from crosstalk import corpora, grid
from crosstalk.config import Config, science_hash
from crosstalk.config.data import Benchmark, Source
from crosstalk.config.nrd import Method
from crosstalk.config.variations import variations, varied
from crosstalk.errors import CrosstalkError

Wildcards = Any
WORLD = "results/world/sentences.parquet"
DOWNLOADS = "results/downloads"


class Workflow:
    """Answers what a rule needs for given wildcards."""

    def __init__(self, config: Config) -> None:
        self.config = config

    def constraints(self) -> dict[str, str]:
        """Every wildcard is one of the names in the configuration; a block has a number."""
        chosen = grid.corpora(self.config)
        benchmarks = [self.config.benchmarks[name] for name in chosen]
        names: dict[str, Iterable[str]] = {
            "benchmark": chosen,
            "method": grid.methods(self.config),
            "seed": map(str, {*self.config.nmt.seeds, *self.config.multimodal.seeds, *self.config.downstream.seeds}),
            "language": {language for benchmark in benchmarks for language in benchmark.languages},
            "model": [grid.FOUNDATION, *grid.tuned(self.config)],
            "tuned": grid.tuned(self.config) or ["none"],
            "sets": {name for sets, _ in grid.partitions(self.config) for name in (sets, self._plain(sets))}
            or ["none"],
            "statistic": {statistic for _, statistic in grid.partitions(self.config)} or ["none"],
        }
        choices = {name: "|".join(re.escape(value) for value in sorted(values)) for name, values in names.items()}
        return {**choices, "block": r"\d\d+"}

    def benchmark(self, wildcards: Wildcards) -> Benchmark:
        """The benchmark of a job."""
        return self.config.benchmarks[wildcards.benchmark]

    def benchmark_settings(self, wildcards: Wildcards) -> dict[str, Any]:
        """The benchmark of a job, as it was configured."""
        return self.benchmark(wildcards).model_dump(mode="json", exclude_unset=True)

    def corpus_settings(self, wildcards: Wildcards) -> dict[str, Any]:
        """What a job's corpus depends on, as it was configured."""
        return grid.corpus(self.benchmark(wildcards))

    def method(self, wildcards: Wildcards) -> Method:
        """The method of a job."""
        return varied(self.config)[wildcards.method]

    def gpus(self, processes: int = 1) -> int:
        """GPUs that a job asks for: one for each of its processes, none where the configuration wants the CPU."""
        return 0 if self.config.speed.device == "cpu" else processes

    def root(self, source: Source) -> Path:
        """The folder that a source's path is relative to."""
        if source.reader == "world":
            return Path(WORLD)
        return Path(DOWNLOADS) if source.download else Path(self.config.data_dir or "")

    def place(self, path: str) -> Path:
        """A path of the configuration: relative to data_dir unless absolute."""
        return Path(self.config.data_dir or "") / path

    def check(self) -> None:
        """CrosstalkError when a file that a benchmark is read from is not there; asked here, it is told in one line."""
        for name in grid.corpora(self.config):
            self._corpus_files(name)

    def corpus_files(self, wildcards: Wildcards) -> list[str]:
        """Files that a benchmark's sources are read from."""
        return self._corpus_files(wildcards.benchmark)

    def _corpus_files(self, name: str) -> list[str]:
        benchmark = self.config.benchmarks[name]
        files = []
        for number, source in enumerate(benchmark.sources):
            key = f"benchmarks.{name}.sources[{number}]"
            if source.reader == "world":
                files.append(WORLD)
            elif source.download:
                files += [f"{DOWNLOADS}/{name}" for name in source.download]
            else:
                found = corpora.files(source, benchmark, self.root(source))
                missing = [file for file in found if not file.exists()]
                if missing:
                    raise CrosstalkError(
                        f"{key}: no file {missing[0]}; check path, and data_dir ({self.config.data_dir})"
                    )
                files += [str(file) for file in found]
        return files

    def downloads(self) -> dict[str, dict[str, str]]:
        """Every file to fetch -> its address and checksum."""
        sources = [s for name in grid.corpora(self.config) for s in self.config.benchmarks[name].sources]
        return {name: entry.model_dump() for source in sources for name, entry in source.download.items()}

    def per_language(self, pattern: str) -> Callable[[Wildcards], list[str]]:
        """Input function: ``pattern`` for each language of the job's benchmark, other wildcards filled in."""

        def expand(wildcards: Wildcards) -> list[str]:
            return [
                pattern.format(language=language, **dict(wildcards.items()))
                for language in self.benchmark(wildcards).languages
            ]

        return expand

    def partition(self, wildcards: Wildcards) -> list[str]:
        """The partition that a job's method or model needs, if any."""
        row = self.row(wildcards)
        if row.statistic == "none":
            return []
        names = f"{grid.sets_of(row)}/{grid.statistic_of(row)}"
        return [f"results/neurons/{wildcards.benchmark}/{wildcards.seed}/{names}/partition.parquet"]

    def _plain(self, sets: str) -> str:
        """The sets behind those of some profile."""
        return next(row.sets for (name, _), row in grid.partitions(self.config).items() if name == sets)

    def sets(self, wildcards: Wildcards) -> list[str]:
        """The equivalence sets of every language that a profile is made of."""
        folder = f"results/sets/{wildcards.benchmark}/{wildcards.seed}/{self._plain(wildcards.sets)}"
        return [f"{folder}/{language}.parquet" for language in self.benchmark(wildcards).languages]

    def selection(self, wildcards: Wildcards) -> dict[str, Any]:
        """Settings that give units their roles, for a partition or its profile."""
        rows = grid.partitions(self.config).items()
        statistic = getattr(wildcards, "statistic", None)
        row = next(row for (sets, how), row in rows if sets == wildcards.sets and statistic in (None, how))
        return grid.section(self.config, row, "selection").model_dump(mode="json")

    def statistic(self, wildcards: Wildcards) -> str:
        """What gives the units of a partition their roles."""
        return str(grid.partitions(self.config)[wildcards.sets, wildcards.statistic].statistic)

    def model(self, wildcards: Wildcards) -> str:
        """The model that a job's method decodes with."""
        return f"results/models/{wildcards.benchmark}/{wildcards.seed}/{grid.model_of(self.method(wildcards))}"

    def gamma(self, wildcards: Wildcards) -> list[str]:
        """The gamma that a job's filter needs, if any."""
        row = self.method(wildcards)
        if not grid.needs_gamma(row):
            return []
        return [f"results/gamma/{wildcards.benchmark}/{wildcards.seed}/{grid.model_of(row)}.parquet"]

    def row(self, wildcards: Wildcards) -> Method:
        """The method of a job, or one that its model is trained for."""
        if hasattr(wildcards, "method"):
            return self.method(wildcards)
        return grid.tuned(self.config)[wildcards.tuned if hasattr(wildcards, "tuned") else wildcards.model]

    def start(self, wildcards: Wildcards) -> str:
        """The model that a training starts from; one at random has the encoder's shape."""
        name = grid.FOUNDATION if self.row(wildcards).start == "foundation" else "encoder"
        return f"results/models/{wildcards.benchmark}/{wildcards.seed}/{name}"

    def options(self, wildcards: Wildcards) -> dict[str, Any]:
        """Options of a method's training, defaults included."""
        return grid.options(self.row(wildcards))

    def training(self, wildcards: Wildcards) -> dict[str, Any]:
        """Settings of a method's training."""
        return grid.training(self.config, self.row(wildcards)).model_dump(mode="json")

    def filter_settings(self, wildcards: Wildcards) -> dict[str, Any]:
        """What a method's filter depends on; empty without one, so that other settings rerun nothing."""
        row = self.method(wildcards)
        own = grid.section(self.config, row, "filter")
        return {"name": row.filter, **own.model_dump()} if row.filter != "none" else {"name": "none"}

    def method_hash(self, wildcards: Wildcards) -> str:
        """Names every setting that a method's scores depend on."""
        config, row = self.config, self.method(wildcards)
        parts: list[Any] = [self.benchmark(wildcards), config.world, config.tokens, config.model, config.pretraining]
        parts += [
            config.foundation,
            config.decode,
            config.score,
            row.model_dump(exclude={"label", "published"}),
            int(wildcards.seed),
        ]
        if row.statistic != "none":
            parts += [config.sets, grid.section(config, row, "selection")]
        if row.training != "none":
            parts += [grid.training(config, row), grid.options(row)]
        if row.filter != "none":
            parts.append(grid.section(config, row, "filter"))
        if grid.needs_gamma(row):
            parts.append(config.gamma)
        return science_hash(*parts)

    def compared(self) -> dict[str, Method]:
        """The methods that are compared with each other: variations of one are shown apart."""
        apart = variations(self.config)
        return {name: row for name, row in grid.methods(self.config).items() if name not in apart}

    def varied(self) -> dict[str, dict[str, float]]:
        """The method that is varied and its variations -> settings and their values; none without variations."""
        config, found, name = self.config, variations(self.config), self.config.sensitivity.method
        if not found or name is None:
            return {}
        own = {
            one.key: getattr(grid.section(config, config.methods[name], one.section), one.key) for one in found.values()
        }
        whole = {key: config.sets.k if value is None else value for key, value in own.items()}
        return {name: whole} | {varied: {one.key: one.value} for varied, one in found.items()}

    def paths(self, pattern: str, **lists: Iterable[str]) -> list[str]:
        """``pattern`` for every benchmark and seed, and for every combination of ``lists``."""
        from itertools import product

        names = ["benchmark", "seed", *lists]
        values = product(grid.benchmarks(self.config), self.config.nmt.seeds, *lists.values())
        return sorted({pattern.format(**dict(zip(names, row, strict=True))) for row in values})

    def worlds(self) -> list[str]:
        """Benchmarks that consist of the embedded world, where the truth is known."""
        chosen = grid.benchmarks(self.config)
        return [name for name in chosen if all(s.reader == "world" for s in self.config.benchmarks[name].sources)]

    def report_files(self) -> dict[str, dict[tuple[str, str], str]]:
        """What the report shows of the first seed: kind of table -> (benchmark, name) -> file."""
        config, seed = self.config, self.config.nmt.seeds[0]
        kinds: dict[str, dict[tuple[str, str], str]] = {}
        for benchmark in grid.benchmarks(config):
            neurons, models = f"results/neurons/{benchmark}/{seed}", f"results/models/{benchmark}/{seed}"
            chosen = {
                "corpus": {"counts": f"results/corpora/{benchmark}/counts.parquet"},
                "gamma": {m: f"results/gamma/{benchmark}/{seed}/{m}.parquet" for m in self._gamma_shown()},
                "profiles": {sets: f"{neurons}/{sets}/profile.parquet" for sets, _ in grid.claims(config)},
                "stability": {f"{a}.{b}": f"{neurons}/{a}/{b}/stability.parquet" for a, b in grid.claims(config)},
                "partitions": {f"{a}.{b}": f"{neurons}/{a}/{b}/partition.parquet" for a, b in grid.claims(config)},
                "curves": {
                    model: f"{models}/{model}.curve.parquet"
                    for model in ["encoder", "foundation", *map(grid.model_of, self.compared().values())]
                },
                "sets": {
                    f"{sets}.{language}": f"results/sets/{benchmark}/{seed}/{sets}/{language}.parquet"
                    for sets in sorted({sets for sets, _ in grid.claims(config)})
                    for language in config.benchmarks[benchmark].languages
                },
                "hypotheses": {
                    method: f"results/nmt/{benchmark}/{seed}/{method}/hypotheses.parquet" for method in self.compared()
                },
                "truth": {
                    f"{a}.{b}": f"{neurons}/{a}/{b}/truth.parquet"
                    for a, b in grid.claims(config)
                    if benchmark in self.worlds()
                },
            }
            for kind, files in chosen.items():
                kinds.setdefault(kind, {}).update({(benchmark, name): file for name, file in files.items()})
        return kinds

    def _gamma_shown(self) -> list[str]:
        shown = {grid.FOUNDATION, *map(grid.model_of, self.compared().values())}
        return [model for model in grid.gamma_models(self.config) if model in shown]

    def figures(self) -> list[tuple[str, str, str, str, str]]:
        """Every figure that a run has rows for: (output name, benchmark or ``all``, figure, file, caption)."""
        config = self.config
        names = ["curves"]
        if grid.claims(config):
            names += ["variance", "overlap", "roles"]
        if grid.gamma_models(config):
            names.append("gamma")
        if len(self.compared()) > 1:
            names.append("differences")
        if variations(config):
            names.append("sensitivity")
        chosen = []
        for benchmark in grid.benchmarks(config):
            zero_shot = len(config.benchmarks[benchmark].languages) > 2
            zero_shot &= config.benchmarks[benchmark].zero_shot_sentences != 0
            more = ["zero_shot"] if zero_shot else []
            more += ["zero_shot_difference"] if zero_shot and "differences" in names else []
            more += ["truth"] if benchmark in self.worlds() and grid.claims(config) else []
            chosen += [(benchmark, name) for name in [*names, *more]]
        chosen.append(("all", "cost"))
        return [(f"{b}_{f}".replace("-", "_"), b, f, f"results/report/figures/{b}/{f}.svg", f) for b, f in chosen]
