"""Paths and input functions of the downstream evaluation of the matrix."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from crosstalk import grid
from crosstalk.config import Config, science_hash
from crosstalk.config.downstream import Labelled
from crosstalk.downstream.mixtures import mixtures
from crosstalk.errors import CrosstalkError
from crosstalk.workflow import WORLD

Wildcards = Any
PLACE = "results/downstream"
_WORLD = ["results/world/labels.parquet", WORLD]


class DownstreamWorkflow:
    """Answers what a rule of the downstream evaluation needs for given wildcards."""

    def __init__(self, config: Config) -> None:
        self.config, self.settings = config, config.downstream
        self.benchmark = grid.downstream_benchmark(config)
        self.languages = grid.downstream_languages(config)
        self.mixtures = mixtures(self.settings, self.languages) if self.settings.targets else []

    def check(self) -> None:
        """CrosstalkError when a file with labelled sentences is not there."""
        for name, task in self.settings.tasks.items():
            for file in self._task_files(task):
                if file not in _WORLD and not Path(file).exists():
                    raise CrosstalkError(
                        f"downstream.tasks.{name}: no file {file}; check path, and data_dir ({self.config.data_dir})"
                    )

    def names(self, kind: str) -> str:
        """A pattern of the names of tasks or mixtures."""
        known = {"task": list(self.settings.tasks), "mixture": [one.name for one in self.mixtures]}
        return "|".join(map(re.escape, known[kind])) or "none"

    def reads(self, reader: str) -> bool:
        """Whether a task has this reader."""
        return any(task.reader == reader for task in self.settings.tasks.values())

    def task_files(self, wildcards: Wildcards) -> list[str]:
        """Files or folders that a task is read from."""
        return self._task_files(self.settings.tasks[wildcards.task])

    def _task_files(self, task: Labelled) -> list[str]:
        if task.reader == "world":
            return _WORLD
        paths = [task.path, task.texts.path if task.texts else ""] if task.reader != "mteb" else []
        return [str(Path(self.config.data_dir or "") / path) for path in paths if path]

    def task(self, wildcards: Wildcards) -> dict[str, Any]:
        """Where a task's sentences are."""
        return self.settings.tasks[wildcards.task].model_dump(mode="json", exclude={"published", "protocol"})

    def split(self, wildcards: Wildcards) -> str:
        """Split of a task that is tested."""
        return self.settings.tasks[wildcards.task].protocol.split

    def targets(self) -> list[str]:
        """Languages that will be classified, whatever the matrix says."""
        return list(dict.fromkeys([*self.settings.targets, *(self.settings.friends.languages or [])]))

    def classified(self) -> list[str]:
        """Languages that may be classified."""
        friends = self.settings.friends
        more = friends.languages or friends.among or self.languages if friends.added else []
        return list(dict.fromkeys([*self.settings.targets, *more]))

    def settings_of_tasks(self) -> dict[str, Any]:
        """Settings of every task, but what the paper calls it."""
        return {name: task.model_dump(mode="json", exclude={"published"}) for name, task in self.settings.tasks.items()}

    def tasks(self) -> list[str]:
        """Every task's sentences."""
        return [f"{PLACE}/tasks/{name}.parquet" for name in self.settings.tasks]

    def tokens(self) -> list[str]:
        """Token stores of all languages, of which a training reads its own."""
        return [f"results/tokens/{self.benchmark}/languages/{name}" for name in self.languages]

    def models(self, wildcards: Wildcards) -> list[str]:
        """The models of all trainings of a seed."""
        return [f"{PLACE}/{wildcards.seed}/{one.name}/model" for one in self.mixtures]

    def choosing(self) -> dict[str, Any]:
        """What the choice of partners depends on."""
        wanted = {"targets", "pairs", "group", "friends", "predicted", "half", "untrained"}
        return self.settings.model_dump(mode="json", include=wanted)

    def training(self) -> dict[str, Any]:
        """What a training depends on."""
        return self.settings.model_dump(mode="json", include={"model", "output_bias", "training"})

    def hash(self, task: str) -> str:
        """Names every setting that a task's scores depend on."""
        config = self.config
        names = sorted({self.benchmark, grid.matrix_benchmark(config)})
        corpora = [grid.corpus(config.benchmarks[name]) for name in names]
        chosen = self.settings.model_dump(mode="json", exclude={"tasks", "seeds", "benchmark"})
        matrix = config.matrix.model_dump(mode="json", exclude={"advice", "check", "block"})
        return science_hash(*corpora, config.world, config.tokens, matrix, chosen, self.settings_of_tasks()[task])

    def hashes(self) -> dict[str, str]:
        """Task -> its hash."""
        return {name: self.hash(name) for name in self.settings.tasks}

    def report(self) -> dict[str, Any]:
        """What the report shows; nothing when this part is left out."""
        if not self.mixtures:
            return {}
        return {
            "scores": f"{PLACE}/scores.parquet",
            "partners": f"{PLACE}/partners.parquet",
            "curves": [
                [one.name, seed, f"{PLACE}/{seed}/{one.name}/curve.parquet"]
                for seed in self.settings.seeds
                for one in self.mixtures
            ],
            "papers": {name: task.published for name, task in self.settings.tasks.items()},
        }

    def report_files(self) -> list[str]:
        """Files that the report reads."""
        told = self.report()
        return [told["scores"], told["partners"], *(file for _, _, file in told["curves"])] if told else []

    def figures(self) -> list[tuple[str, str, str, str, str]]:
        """The figure: (output name, ``downstream``, figure, file, caption)."""
        file = "results/report/figures/downstream/accuracies.svg"
        found = ("downstream_accuracies", "downstream", "accuracies", file, "downstream_accuracies")
        return [found] if self.mixtures else []
