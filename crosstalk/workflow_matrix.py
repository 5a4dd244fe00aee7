"""Paths and input functions of part 2, the interference matrix."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crosstalk import grid
from crosstalk.config import Config, science_hash
from crosstalk.matrix import blocks, mixes
from crosstalk.matrix.blocks import Block, Run
from crosstalk.matrix.mixes import Mix
from crosstalk.report.matrix_data import caption_name, figure_names

Wildcards = Any
MEASURED = ("interference", "validation", "held_out", "next")
"""Tables of rule interference."""
ANALYSED = ("convergence", "robustness", "groups", "sharing", "asymmetry", "exposure", "correlation", "advice")
"""Tables of rule analysis."""


class MatrixWorkflow:
    """Answers what a rule of part 2 needs for given wildcards."""

    def __init__(self, config: Config) -> None:
        self.config, self.settings = config, config.matrix
        self.benchmark, self.languages = grid.matrix_benchmark(config), grid.matrix_languages(config)

    def blocks(self) -> list[str]:
        """The table of every block."""
        found = blocks.blocks(self.languages, self.settings)
        return [f"results/matrix/blocks/{block.language}.{block.number}.parquet" for block in found]

    def runs(self, wildcards: Wildcards) -> list[Run]:
        """Runs of a block: no other language changes them."""
        return blocks.runs(Block(wildcards.language, wildcards.block), self.languages, self.settings)

    def tokens(self, wildcards: Wildcards) -> list[str]:
        """Token stores that a block reads."""
        return self._stores(self.runs(wildcards))

    def mixes(self) -> list[str]:
        """The table of the mixes of every size."""
        return [f"results/matrix/mixes/{size}.parquet" for size in mixes.sizes(self.languages, self.settings)]

    def sizes(self) -> str:
        """What the size of mixes can be, as a regular expression."""
        return "|".join(map(str, mixes.sizes(self.languages, self.settings))) or "none"

    def mix_runs(self, wildcards: Wildcards) -> list[Mix]:
        """Mixes of a size."""
        return mixes.runs(int(wildcards.size), self.languages, self.settings)

    def mix_tokens(self, wildcards: Wildcards) -> list[str]:
        """Token stores that mixes of a size read."""
        return self._stores(self.mix_runs(wildcards))

    def _stores(self, runs: Sequence[Run | Mix]) -> list[str]:
        names = dict.fromkeys(name for run in runs for name in run.languages)
        return [f"results/tokens/{self.benchmark}/languages/{name}" for name in names]

    def vocabulary(self, _wildcards: Wildcards) -> str:
        """The vocabulary of all runs."""
        return f"results/tokens/{self.benchmark}/vocabulary"

    def encoder(self) -> str:
        """The encoder whose embeddings the matrix is compared with."""
        folder = self.settings.similarity.model
        if folder is None:
            return f"results/models/{self.benchmark}/{self.config.nmt.seeds[0]}/encoder"
        return str(Path(self.config.data_dir or "") / folder)

    def report_files(self) -> dict[str, str]:
        """What the report shows of the matrix: name of a table -> file."""
        if not self.languages:
            return {}
        files = {name: f"results/matrix/{name}.parquet" for name in (*MEASURED, *ANALYSED, "similarity")}
        for name in ("similarity", "correlation"):
            files[f"{name}.{self.settings.similarity.encoder}"] = files.pop(name)
        return files | {f"runs.{number}": file for number, file in enumerate(self.blocks())}

    def figures(self) -> list[tuple[str, str, str, str, str]]:
        """Every figure of the matrix: (output name, ``matrix``, figure, file, caption)."""
        names = figure_names(self.languages) if self.languages else []
        return [
            (
                f"matrix_{name}",
                "matrix",
                name,
                f"results/report/figures/matrix/{name}.svg",
                caption_name(name),
            )
            for name in names
        ]

    def run_settings(self) -> dict[str, Any]:
        """What a run depends on, besides its languages and its seed."""
        return self.settings.model_dump(mode="json", include={"model", "training", "evaluation"})

    def hash(self) -> str:
        """Names every setting that the loss of a run depends on."""
        config = self.config
        corpus = grid.corpus(config.benchmarks[self.benchmark])
        return science_hash(corpus, config.world, config.tokens, self.run_settings())
