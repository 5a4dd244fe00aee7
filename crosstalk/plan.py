"""What a configuration will run, before anything starts: how many of what, and about how long part 2 takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from pathlib import Path
from typing import Any

from crosstalk import grid
from crosstalk.config import Config
from crosstalk.demand import Demand
from crosstalk.downstream.mixtures import mixtures, unknown
from crosstalk.errors import CrosstalkError
from crosstalk.matrix import blocks
from crosstalk.plan_memory import memory, shape
from crosstalk.plan_time import Throughput, calibrate, estimate
from crosstalk.workflow import Workflow
from crosstalk.workflow_multimodal import SCRATCH, TRANSLATING, MultimodalWorkflow, kinds, systems


def plan(config: Config, tokens: Path, tokens_per_second: float | None, calibrated: bool) -> dict[str, Any]:
    """Counts, and under ``estimate`` the time of part 2 (None without it), with a throughput that is given or timed.

    ``tokens`` is the folder of token stores, from which lengths are taken when they are there. Raises CrosstalkError
    when the throughput (tokens per second) is not positive.
    """
    throughput = None
    if tokens_per_second is not None:
        if not 0 < tokens_per_second < inf:
            raise CrosstalkError(f"--throughput {tokens_per_second:g}: expected tokens per second, more than 0")
        throughput = Throughput(tokens_per_second, "given")
    if not grid.matrix_languages(config):
        return counts(config) | {"estimate": None}
    if calibrated:
        throughput = calibrate(config, tokens)
    return counts(config) | {"estimate": estimate(config, tokens, throughput)}


def counts(config: Config) -> dict[str, Any]:
    """Benchmarks, trainings, blocks and jobs.

    ``matrix_runs`` are languages alone and pairs, counted once whatever the seeds; ``trainings`` = (``matrix_runs`` +
    ``controls``) x ``seeds``; ``predicted_pairs`` are not trained (``matrix.budget``).
    """
    languages, settings, translated = grid.matrix_languages(config), config.matrix, grid.benchmarks(config)
    pairs = len(blocks.pairs(languages, settings))
    runs, controls = len(languages) + pairs, len(languages) if settings.exposure else 0
    return {
        "nmt": {
            "benchmarks": [_benchmark(name, config) for name in translated],
            "methods": list(grid.methods(config)) if translated else [],
            "seeds": len(config.nmt.seeds),
        },
        "multimodal": _multimodal(config),
        "downstream": _downstream(config),
        "matrix_benchmark": grid.matrix_benchmark(config) if languages else None,
        "languages": len(languages),
        "matrix_runs": runs,
        "predicted_pairs": len(languages) * (len(languages) - 1) // 2 - pairs,
        "controls": controls,
        "seeds": len(settings.seeds),
        "trainings": (runs + controls) * len(settings.seeds),
        "blocks": len(blocks.blocks(languages, settings)),
        "jobs": (found := jobs(config)),
        "asked": {rule: Demand(config).most(rule) for rule in found},
    }


def _multimodal(config: Config) -> dict[str, Any] | None:
    """Part 3: what is compared, and the memory of a fine-tuning's processes; None when it is left out."""
    if not (found := systems(config)):
        return None
    flow = MultimodalWorkflow(config)
    return {
        "benchmarks": {name: len(flow.settings_of(name)["targets"]) for name in config.multimodal.benchmarks},
        "systems": list(found),
        "weights": shape(config).all,
        "processes": config.speed.training_processes,
        "memory": memory(config),
    }


def _downstream(config: Config) -> dict[str, Any] | None:
    """What is trained and classified; None when it is left out."""
    settings = config.downstream
    if not settings.targets:
        return None
    languages = grid.downstream_languages(config)
    return {
        "benchmark": grid.downstream_benchmark(config),
        "languages": len(languages),
        "targets": list(settings.targets),
        "tasks": list(settings.tasks),
        "layers": settings.model.layers,
        "trainings": len(mixtures(settings, languages)) * len(settings.seeds),
        "left_out": unknown(settings, languages),
    }


def _benchmark(name: str, config: Config) -> dict[str, Any]:
    """Directions that are translated if every language has a test."""
    benchmark = config.benchmarks[name]
    others = len(benchmark.languages) - 1
    return {
        "name": name,
        "languages": others + 1,
        "pivot": benchmark.pivot,
        "supervised": 2 * others,
        "zero_shot": 0 if benchmark.zero_shot_sentences == 0 else others * (others - 1),
    }


def jobs(config: Config) -> dict[str, int]:
    """Jobs of each rule when nothing is there yet, in the order the data flow."""
    corpora, translated, measured = grid.corpora(config), grid.benchmarks(config), grid.matrix_languages(config)
    sources = [source for name in corpora for source in config.benchmarks[name].sources]
    seeds, partitions = len(config.nmt.seeds), grid.partitions(config)
    runs, methods = len(translated) * seeds, list(grid.methods(config).values())
    sentences = seeds * sum(len(config.benchmarks[name].languages) for name in translated)
    profiles, sets = {names for names, _ in partitions}, {row.sets for row in partitions.values()}
    filtered = {grid.model_of(row) for row in methods if grid.needs_gamma(row)}
    # The report shows the foundation's gamma of the first seed even where no filter needs it.
    shown = len(translated) if filtered and grid.FOUNDATION not in filtered else 0
    embedded = bool(measured) and config.matrix.similarity.encoder == "own"
    found = {
        "world": int(any(source.reader == "world" for source in sources)),
        "download": len({file for source in sources for file in source.download}),
        "corpora": len(corpora),
        "tests": len(translated),
        "vocabulary": len(tokenised := grid.tokenised(config)),
        "encode": sum(len(config.benchmarks[name].languages) for name in tokenised),
        "encoder": runs + (embedded and grid.matrix_benchmark(config) not in translated),
        "foundation": runs,
        "paraphrases": sentences if "paraphrase" in sets else 0,
        "own_sets": sentences if "file" in sets else 0,
        "control_sets": sentences * len(sets & set(grid.CONTROLS)),
        "profile": runs * len(profiles),
        "partition": runs * len(partitions),
        "stability": len(translated) * len(grid.claims(config)),
        "truth": len(Workflow(config).worlds()) * len(grid.claims(config)),
        "specialise": runs * len(grid.tuned(config)),
        "gamma": runs * len(filtered) + shown,
        "decode": runs * len(methods),
        "score": runs * len(methods),
        "scores": min(runs, 1),
        "block": len(blocks.blocks(measured, config.matrix)),
        **dict.fromkeys(("interference", "similarity", "analysis"), min(len(measured), 1)),
        **classified(config),
        **captioned(config),
        "report": 1,
    }
    return {rule: count for rule, count in found.items() if count}


def classified(config: Config) -> dict[str, int]:
    """Jobs of each rule of the downstream evaluation of the matrix."""
    settings = config.downstream
    trained = len(mixtures(settings, grid.downstream_languages(config)))
    return {
        "partners": min(trained, 1),
        "labelled": len(settings.tasks),
        "mixture": trained * len(settings.seeds),
        "classify": len(settings.seeds) if trained else 0,
        "downstream_scores": min(trained, 1),
    }


def captioned(config: Config) -> dict[str, int]:
    """Jobs of each rule of part 3."""
    settings, found = config.multimodal, systems(config)
    runs = len(settings.benchmarks) * len(settings.seeds)
    chosen = len(kinds(config, "neumt"))
    return {
        "images": len(settings.benchmarks),
        "base": runs if found and settings.base.folder is None else 0,
        "train_fusion": runs * len(kinds(config, *SCRATCH)),
        "tune": runs * (chosen + len(kinds(config, "sft"))),
        "importance": runs if chosen else 0,
        "choose": runs * chosen,
        "caption": runs * len(kinds(config, *TRANSLATING)),
        "prompt_folder": runs * len(kinds(config, "folder")),
        "prompt_endpoint": runs * len(kinds(config, "endpoint")),
        "multimodal_scores": min(runs, 1),
    }


def text(found: Mapping[str, Any]) -> str:
    """What ``plan`` found, for a person."""
    parts = (
        _translation(found["nmt"]),
        _matrix(found),
        _classification(found["downstream"]),
        _captions(found["multimodal"]),
        _jobs(found["jobs"], found["asked"]),
        _time(found["estimate"]),
    )
    return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part))) + "\n"


def _translation(part: Mapping[str, Any]) -> Iterator[str]:
    if not part["benchmarks"]:
        yield "Part 1, translation: none"
        return
    yield "Part 1, translation"
    for row in part["benchmarks"]:
        with_pivot, without = f"{row['supervised']:,} directions with {row['pivot']}", f"{row['zero_shot']:,} without"
        yield f"  {row['name']}: {row['languages']} languages, {with_pivot} and {without}"
    yield f"  methods: {', '.join(part['methods'])}"
    yield f"  seeds: {part['seeds']}"


def _matrix(found: Mapping[str, Any]) -> Iterator[str]:
    languages, runs = found["languages"], found["matrix_runs"]
    if not languages:
        yield "Part 2, the interference matrix: none"
        return
    yield f"Part 2, the interference matrix, on {found['matrix_benchmark']}"
    rows = [
        ("languages", languages, ""),
        ("runs", runs, f"{languages:,} languages alone and {runs - languages:,} pairs"),
        ("predicted", found["predicted_pairs"], "pairs that are not trained"),
        ("controls", found["controls"], "languages alone with half of every batch"),
        ("seeds", found["seeds"], ""),
        ("trainings", found["trainings"], "runs and controls, for each seed"),
        ("blocks", found["blocks"], "jobs that train them"),
    ]
    for name, number, meaning in rows:
        yield f"  {name:<12}{number:>9,}   {meaning}".rstrip()


def _classification(part: Mapping[str, Any] | None) -> Iterator[str]:
    if part is None:
        return
    yield f"Downstream evaluation of the matrix, on {part['benchmark']}"
    yield f"  targets: {', '.join(part['targets'])}; partners are chosen from {part['languages']} languages"
    yield f"  tasks: {', '.join(part['tasks'])}"
    yield f"  trainings: {part['trainings']}, encoders of {part['layers']} layers"
    for line in part["left_out"]:
        yield f"  {line}"


def _captions(part: Mapping[str, Any] | None) -> Iterator[str]:
    if part is None:
        yield "Part 3, translation with images: none"
        return
    yield "Part 3, translation with images"
    for name, targets in part["benchmarks"].items():
        yield f"  {name}: {targets} target languages"
    yield f"  systems: {', '.join(part['systems'])}"
    columns = ("weights", "gradients", "adam", "gathered", "activations", "together")
    yield f"  GB of memory of a fine-tuning of {part['weights']:,} weights, in each of {part['processes']} processes:"
    yield f"  {'trained':<20}" + "".join(f"{name:>13}" for name in columns)
    for row in part["memory"]:
        yield f"  {row['trained']:<20}" + "".join(f"{row[name]:>13,.2f}" for name in columns)


def _jobs(found: Mapping[str, int], asked: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    yield f"Jobs when nothing is there yet: {sum(found.values()):,}"
    yield f"  {'':<16}{'':>6}   each asks a cluster for at most"
    yield f"  {'':<16}{'jobs':>6}{'GPUs':>7}{'CPUs':>6}{'MB':>9}{'minutes':>9}"
    for rule, count in found.items():
        gpus, cpus, memory, minutes = (asked[rule][name] for name in ("gpu", "cpus_per_task", "mem_mb", "runtime"))
        yield f"  {rule:<16}{count:>6,}{gpus:>7}{cpus:>6}{memory:>9,}{minutes:>9,}"


def _time(work: Mapping[str, Any] | None) -> Iterator[str]:
    if work is None:
        return
    yield "Time of part 2: an estimate; no training was timed"
    trained, evaluated = work["train_tokens"], work["evaluation_tokens"]
    yield f"  {trained:.3g} tokens to train on and {evaluated:.3g} to evaluate: {work['flops']:.3g} FLOP"
    if work["device_hours"] is None:
        yield "  for hours, say --throughput TOKENS_PER_SECOND, or --calibrate to time this machine"
    else:
        hours = work["device_hours"]
        time = f"{hours:,.1f} hours" if hours >= 1 else f"{60 * hours:.1f} minutes"
        yield f"  {time} of one device at {work['tokens_per_second']:,.0f} tokens a second"
        yield f"  tokens a second: {work['known_from']}"
    for assumption in work["assumptions"]:
        yield f"  assumed: {assumption}"
