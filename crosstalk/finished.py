"""Where the parts of a model to export lie: those of finished results, or files that are named one by one."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from crosstalk import grid
from crosstalk.artefacts import SCORES, file_hash, read_table
from crosstalk.config import Config
from crosstalk.decode.parts import Parts
from crosstalk.errors import CrosstalkError, nearest
from crosstalk.provenance import versions
from crosstalk.workflow import Workflow


def finished(config: Config, benchmark: str, method: str, seed: int) -> Parts:
    """The parts of a benchmark's method and seed under ``results/``.

    Raises CrosstalkError when a name is unknown, results are missing, or were made with other settings.
    """
    for kind, name, known in (
        ("benchmark", benchmark, grid.benchmarks(config)),
        ("method", method, grid.methods(config)),
        ("seed", str(seed), [str(each) for each in config.nmt.seeds]),
    ):
        if name not in known:
            raise CrosstalkError(f"unknown {kind} {name!r}{nearest(name, known)}")
    flow, job = Workflow(config), SimpleNamespace(benchmark=benchmark, method=method, seed=seed)
    results, config_hash = Path(f"results/nmt/{benchmark}/{seed}/{method}"), flow.method_hash(job)
    if (scores := results / "scores.parquet").exists():
        made = set(read_table(scores, SCORES)["config_hash"].to_pylist())
        if made - {config_hash}:
            raise CrosstalkError(f"{scores}: was made with other settings; name the same --configfile and --config")
    filtered = grid.methods(config)[method].filter != "none"
    partition, gamma = (flow.partition(job) if filtered else []), flow.gamma(job)
    told = {"benchmark": benchmark, "method": method, "seed": seed, "config_hash": config_hash}
    try:
        return _parts(
            config,
            Path(flow.model(job)),
            Path(f"results/tokens/{benchmark}/vocabulary"),
            Path(partition[0]) if partition else None,
            Path(gamma[0]) if gamma else None,
            flow.filter_settings(job),
            told,
        )
    except CrosstalkError as error:
        raise CrosstalkError(f"{error}; make it first: snakemake {results}/hypotheses.parquet") from error


def named(config: Config, model: Path, vocabulary: Path, partition: Path | None, gamma: Path | None) -> Parts:
    """The parts that are named; the filter is adaptive with a gamma, static with a partition alone.

    Raises CrosstalkError when a file is missing, or there is a gamma without a partition.
    """
    if gamma and not partition:
        raise CrosstalkError("--gamma needs --partition, which says what units it is for")
    name = "adaptive" if gamma else "static" if partition else "none"
    settings = {"name": name, **(config.filter.model_dump() if partition else {})}
    return _parts(config, model, vocabulary, partition, gamma, settings, {})


def _parts(
    config: Config,
    model: Path,
    vocabulary: Path,
    partition: Path | None,
    gamma: Path | None,
    settings: dict[str, Any],
    told: dict[str, Any],
) -> Parts:
    files = [model / "model.safetensors", vocabulary / "sentencepiece.model", partition, gamma]
    if missing := [file for file in files if file and not file.is_file()]:
        raise CrosstalkError(f"{missing[0]}: no such file")
    hashes = {str(file): file_hash(file) for file in files if file}
    provenance = {**told, "sha256": hashes, "exported_with": versions()}
    tag, longest = config.model.tag, config.tokens.max_length
    return Parts(model, vocabulary, partition, gamma, settings, config.decode, tag, longest, provenance)
