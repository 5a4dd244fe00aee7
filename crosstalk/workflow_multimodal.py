"""Paths and input functions of part 3, image + text translation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from crosstalk.config import Config, science_hash
from crosstalk.config.data import Benchmark
from crosstalk.config.multimodal import System
from crosstalk.config.variations import written
from crosstalk.corpora.images import MEANINGS, files
from crosstalk.errors import CrosstalkError

Wildcards = Any
SCRATCH = ("text", "gated", "concatenation", "lvp")
"""Kinds that are trained from scratch."""
TRANSLATING = (*SCRATCH, "base", "sft", "neumt")
"""Kinds whose models are of this project; the others are asked in words."""


def systems(config: Config) -> dict[str, System]:
    """The systems of the configuration, then NeuMT at other settings; none without benchmarks."""
    settings = config.multimodal
    if not settings.benchmarks:
        return {}
    found = dict(settings.systems)
    for value in settings.sweep.layers:
        found[f"neumt-layers-{written(value)}"] = System(kind="neumt", layers=value, label=f"NeuMT ({value:.0%})")
    for value in settings.sweep.specific:
        found[f"neumt-specific-{written(value)}"] = System(
            kind="neumt", layers=1.0, specific=value, label=f"NeuMT, {value:.0%} specific"
        )
    return found


def kinds(config: Config, *kind: str) -> list[str]:
    """Names of the systems of some kinds."""
    return [name for name, system in systems(config).items() if system.kind in kind]


class MultimodalWorkflow:
    """Answers what a rule of part 3 needs for given wildcards."""

    def __init__(self, config: Config) -> None:
        self.config, self.options, self.systems = config, config.multimodal, systems(config)

    def names(self, *kind: str) -> str:
        """A pattern of the names of the systems of some kinds."""
        return "|".join(map(re.escape, kinds(self.config, *kind))) or "none"

    def check(self) -> None:
        """CrosstalkError when a file that images are read from is not there."""
        for name in self.options.benchmarks:
            for file in self._image_files(name):
                if str(file) != MEANINGS and not file.exists():
                    raise CrosstalkError(
                        f"multimodal.benchmarks.{name}.images: no file {file}; check path, and data_dir "
                        f"({self.config.data_dir})"
                    )

    def image_files(self, wildcards: Wildcards) -> list[str]:
        """Files that a benchmark's images are read from."""
        return [str(file) for file in self._image_files(wildcards.benchmark)]

    def _image_files(self, name: str) -> list[Path]:
        key = f"multimodal.benchmarks.{name}.images"
        return files(self.options.benchmarks[name].images, key, Path(self.config.data_dir or ""))

    def images(self, wildcards: Wildcards) -> dict[str, Any]:
        """Settings of a benchmark's images; the folder of image files is a path from here."""
        chosen = self.options.benchmarks[wildcards.benchmark].images
        folder = str(Path(self.config.data_dir or "") / chosen.folder) if chosen.folder else ""
        return chosen.model_dump(mode="json") | {"folder": folder}

    def settings_of(self, name: str) -> dict[str, Any]:
        """Pivot, targets and test sentences of a benchmark, and its longest example."""
        benchmark, chosen = self.config.benchmarks[name], self.options.benchmarks[name]
        others = [code for code in benchmark.languages if code != benchmark.pivot]
        return {
            "pivot": benchmark.pivot,
            "targets": list(chosen.targets or others),
            "test": benchmark.tests[0],
            "test_sentences": chosen.test_sentences,
            "max_length": self.options.max_length,
        }

    def settings(self, wildcards: Wildcards) -> dict[str, Any]:
        """``settings_of`` a job's benchmark."""
        return self.settings_of(wildcards.benchmark)

    def trainings(self, *sections: str) -> dict[str, Any]:
        """Sections of part 3's configuration, as they are."""
        return self.options.model_dump(mode="json", include=set(sections))

    def benchmark(self, wildcards: Wildcards) -> Benchmark:
        """The benchmark of a job."""
        return self.config.benchmarks[wildcards.benchmark]

    def system(self, name: str) -> dict[str, Any]:
        """What a system is, besides its names."""
        return self.systems[name].model_dump(mode="json", exclude={"label", "published"})

    def base(self, wildcards: Wildcards) -> str:
        """The folder of the model that everything starts from."""
        if self.options.base.folder is not None:
            return str(Path(self.config.data_dir or "") / self.options.base.folder)
        return f"results/models/{wildcards.benchmark}/{wildcards.seed}/llava"

    def model(self, wildcards: Wildcards) -> str:
        """The folder of a system's model."""
        system = self.systems[wildcards.system]
        if system.kind == "base":
            return self.base(wildcards)
        if system.kind == "folder":
            return str(Path(self.config.data_dir or "") / system.folder)
        return f"results/multimodal/{wildcards.benchmark}/{wildcards.seed}/{wildcards.system}/model"

    def sft(self, wildcards: Wildcards) -> str:
        """The fully fine-tuned model, which layers and neurons are chosen by."""
        chosen = kinds(self.config, "sft")
        if not chosen:
            raise CrosstalkError("multimodal.systems: 'neumt' needs a system of kind 'sft'; add one")
        return f"results/multimodal/{wildcards.benchmark}/{wildcards.seed}/{chosen[0]}/model"

    def partition(self, wildcards: Wildcards) -> list[str]:
        """The neurons that a system trains, if it chooses any."""
        if self.systems[wildcards.system].kind != "neumt":
            return []
        place = f"results/neurons/{wildcards.benchmark}/{wildcards.seed}/multimodal"
        return [f"{place}/{wildcards.system}/partition.parquet"]

    def conditions(self, name: str) -> list[str]:
        """Images that a system is tested with: none but its own where it sees none, or is only one of a sweep."""
        own = name in self.options.systems and self.systems[name].kind != "text"
        return ["image", "shuffled", "blank"] if own else ["image"]

    def hypotheses(self) -> list[str]:
        """Every system's translations."""
        return self._each("hypotheses.parquet")

    def _each(self, file: str) -> list[str]:
        return [
            f"results/multimodal/{name}/{seed}/{system}/{file}"
            for name in self.options.benchmarks
            for seed in self.options.seeds
            for system in self.systems
        ]

    def scored(self) -> list[dict[str, Any]]:
        """What each file of ``hypotheses`` is of, and the hash of the settings it depends on."""
        return [
            {"benchmark": name, "seed": seed, "system": system, "config_hash": self.hash(name, seed, system)}
            for name in self.options.benchmarks
            for seed in self.options.seeds
            for system in self.systems
        ]

    def hash(self, name: str, seed: int, system: str) -> str:
        """Names every setting that a system's scores depend on."""
        settings, row = self.options, self.systems[system]
        parts: list[Any] = [self.config.benchmarks[name], self.config.world, settings.base]
        parts.append(settings.benchmarks[name].model_dump(mode="json", exclude={"published"}))
        parts += [settings.max_length, settings.max_new, self.config.score, seed]
        if row.kind in TRANSLATING:
            parts += [settings.pretraining, settings.vision]
        else:
            parts.append(settings.instruction)
        if row.kind in SCRATCH:
            parts += [settings.fusion, settings.scratch]
        if row.kind in ("sft", "neumt"):
            parts.append(settings.tuning)
        if row.kind == "neumt":
            parts.append(settings.statistics)
        if row.endpoint is not None:
            parts.append(row.endpoint.model_dump(mode="json", include={"url", "model", "options"}))
        return science_hash(*parts, row.model_dump(mode="json", exclude={"label", "published", "endpoint"}))

    def report_scores(self) -> list[str]:
        """The scores, if there are any."""
        return ["results/multimodal/scores.parquet"] if self.systems else []

    def report_layers(self) -> dict[str, str]:
        """Benchmark -> importance of its layers, of the first seed; none where no system needs it."""
        if not kinds(self.config, "neumt"):
            return {}
        seed = self.options.seeds[0]
        return {name: f"results/neurons/{name}/{seed}/multimodal/layers.parquet" for name in self.options.benchmarks}

    def report_partitions(self) -> dict[str, str]:
        """Benchmark -> the neurons that the first system of NeuMT trains, of the first seed."""
        chosen = kinds(self.config, "neumt")[:1]
        seed = self.options.seeds[0]
        place = "results/neurons/{name}/{seed}/multimodal/{system}/partition.parquet"
        return {
            name: place.format(name=name, seed=seed, system=system)
            for name in self.options.benchmarks
            for system in chosen
        }

    def report_hypotheses(self) -> dict[str, str]:
        """Benchmark -> translations by the baseline, of the first seed."""
        if self.options.baseline not in self.systems:
            return {}
        place = f"{self.options.seeds[0]}/{self.options.baseline}/hypotheses.parquet"
        return {name: f"results/multimodal/{name}/{place}" for name in self.options.benchmarks}

    def report(self) -> dict[str, Any]:
        """What the report shows of part 3; nothing when it is left out."""
        if not self.systems:
            return {}
        return {
            "scores": self.report_scores()[0],
            "layers": self.report_layers(),
            "partitions": self.report_partitions(),
            "hypotheses": self.report_hypotheses(),
            "labels": {name: system.label for name, system in self.systems.items()},
            "published": {name: system.published for name, system in self.systems.items()},
            "sweeps": self.swept(),
            "baseline": self.options.baseline,
            "papers": {name: captions.published for name, captions in self.options.benchmarks.items()},
        }

    def swept(self) -> dict[str, dict[str, float]]:
        """Setting -> systems that differ in it alone from NeuMT as it is by default, and from NeuMT of all layers."""
        both = {name: self.systems[name] for name in kinds(self.config, "neumt") if len(self.systems[name].roles) > 1}
        usual = System(kind="neumt").specific
        return {
            "layers": {name: system.layers for name, system in both.items() if system.specific == usual},
            "specific": {name: system.specific for name, system in both.items() if system.layers == 1},
        }

    def figures(self) -> list[tuple[str, str, str, str, str]]:
        """Every figure of part 3: (output name, benchmark with images, figure, file, caption)."""
        names = [f"sweep_{key}" for key, systems in self.swept().items() if len(systems) > 1]
        names += ["layers", "neurons"] if kinds(self.config, "neumt") else []
        return [
            (
                f"images_{benchmark}_{name}".replace("-", "_"),
                f"images, {benchmark}",
                name,
                f"results/report/figures/images/{benchmark}/{name}.svg",
                f"multimodal_{name}",
            )
            for benchmark in (self.options.benchmarks if self.systems else ())
            for name in names
        ]
