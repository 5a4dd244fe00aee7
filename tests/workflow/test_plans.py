"""What would run: for the default, for every preset, and for one target."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from snakemake.utils import update_config

from crosstalk import grid
from crosstalk.config import Config, load
from crosstalk.matrix.blocks import blocks
from tests.workflow.copies import Copy, counts, problem

CHECKOUT = Path(__file__).parents[2]
PRESETS = sorted((CHECKOUT / "config" / "presets").glob("*.yaml"))

ONCE = ("world", "corpora", "tests", "vocabulary", "encoder", "foundation")
MATRIX = {"block": 9, "similarity": 1, "interference": 1, "analysis": 1}
"""A block for each language: none has more than 32 before it."""
NEURONS = {"paraphrases": 9, "control_sets": 2 * 9, "profile": 3, "partition": 5, "stability": 2, "truth": 2}
"""Random and identical sets beside paraphrases, which three statistics are taken of; two partitions are no controls."""
DEFAULT = {"encode": 9, **NEURONS, "specialise": 5 + 6, "gamma": 6, "decode": 15 + 2, "score": 15 + 2}
IMAGES = {"train_fusion": 4, "tune": 1 + 5 + 1, "choose": 5 + 1, "caption": 11 + 1}
IMAGES |= dict.fromkeys(("images", "base", "importance", "multimodal_scores"), 1)
"""Four translators from scratch, the base model, all of it fine-tuned, NeuMT five times and with another share."""
DEFAULT |= dict.fromkeys((*ONCE, "scores", "report"), 1) | MATRIX | IMAGES
"""Nine languages; fifteen methods, of five sparse and six other trainings, and two variations, which only decode
otherwise; gamma of the foundation and of what sparse training makes of it."""


def configuration(preset: Path) -> Config:
    merged = yaml.safe_load((CHECKOUT / "config.yaml").read_text(encoding="utf-8"))
    update_config(merged, yaml.safe_load(preset.read_text(encoding="utf-8")))
    return load(merged)


def needs_data(config: Config) -> bool:
    """Whether some input is neither made nor fetched by the workflow."""
    sources = [source for name in grid.corpora(config) for source in config.benchmarks[name].sources]
    files = [config.tokens.model, config.model.pretrained, config.sets.file]
    return any(files) or any(source.reader != "world" and not source.download for source in sources)


def expected(config: Config) -> dict[str, int]:
    """Jobs by rule, from the benchmarks, languages, seeds and methods of a run."""
    chosen = [config.benchmarks[name] for name in grid.benchmarks(config)]
    read = [config.benchmarks[name] for name in grid.corpora(config)]
    matrix, measured = grid.matrix_languages(config), grid.matrix_benchmark(config)
    own = config.matrix.similarity.encoder == "own" and measured not in grid.benchmarks(config)
    others = {measured: matrix}  # which has all languages that are evaluated downstream
    if config.downstream.targets:
        others.setdefault(grid.downstream_benchmark(config), grid.downstream_languages(config))
    others = {name: codes for name, codes in others.items() if name not in grid.benchmarks(config)}
    runs = len(chosen) * len(config.nmt.seeds)
    languages = sum(len(benchmark.languages) for benchmark in chosen)
    methods = list(grid.methods(config).values())
    judged = [row for row in methods if row.sets != "none"]
    sets = {row.sets for row in judged}
    statistics = {(grid.sets_of(row), grid.statistic_of(row)) for row in judged}
    plain = statistics & {(row.sets, row.statistic) for row in judged}
    claims = [each for each in plain if not {"random", "identical"} & set(each)]
    models = {grid.model_of(row) for row in methods} - {"foundation"}
    filtered = {grid.model_of(row) for row in methods if grid.needs_gamma(row)}
    made = [all(source.reader == "world" for source in benchmark.sources) for benchmark in chosen]
    scenes = any(captions.images.reader == "world" for captions in config.multimodal.benchmarks.values())
    found = {
        "world": int(scenes or any(source.reader == "world" for benchmark in read for source in benchmark.sources)),
        "download": len({file for benchmark in read for source in benchmark.sources for file in source.download}),
        "corpora": len(read),
        "vocabulary": len(grid.tokenised(config)),
        "tests": len(chosen),
        "encode": languages + sum(map(len, others.values())),
        "encoder": runs + bool(matrix and own),
        "foundation": runs,
        "paraphrases": languages * len(config.nmt.seeds) * ("paraphrase" in sets),
        "own_sets": languages * len(config.nmt.seeds) * ("file" in sets),
        "control_sets": languages * len(config.nmt.seeds) * len(sets & {"random", "identical"}),
        "profile": runs * len({grid.sets_of(row) for row in judged}),
        "partition": runs * len(statistics),
        "specialise": runs * len(models),
        "gamma": runs * len(filtered) + (len(chosen) if filtered and "foundation" not in filtered else 0),
        **dict.fromkeys(("decode", "score"), runs * len(methods)),
        "truth": sum(made) * len(claims),
        "stability": len(chosen) * len(claims),
        "scores": bool(chosen),
        "block": len(blocks(matrix, config.matrix)),
        **dict.fromkeys(("similarity", "interference", "analysis"), bool(matrix)),
        **classified(config),
        **captioned(config),
        "report": 1,
    }
    return {rule: count for rule, count in found.items() if count}


def classified(config: Config) -> dict[str, int]:
    """Jobs of the downstream evaluation, for a configuration that names no partner."""
    settings = config.downstream
    own = settings.untrained + 1 + settings.half + 2 * settings.pairs + 2 * bool(settings.group)
    shared = (settings.untrained + 1 + 2 * settings.friends.added) if settings.friends.added else 0
    trained = bool(settings.targets) * (len(settings.targets) * own + shared)
    return {
        **dict.fromkeys(("partners", "downstream_scores"), bool(trained)),
        "labelled": len(settings.tasks),
        "mixture": trained * len(settings.seeds),
        "classify": len(settings.seeds) * bool(trained),
    }


def captioned(config: Config) -> dict[str, int]:
    """Jobs of part 3 for one seed; every value of a sweep is a NeuMT more."""
    settings = config.multimodal
    runs, kinds = len(settings.benchmarks), [system.kind for system in settings.systems.values()]
    kinds += ["neumt"] * (len(settings.sweep.layers) + len(settings.sweep.specific))
    neumt, sft, base = (kinds.count(kind) for kind in ("neumt", "sft", "base"))
    return {
        "images": runs,
        "base": runs * (settings.base.folder is None),
        "train_fusion": runs * (len(kinds) - neumt - sft - base),
        "tune": runs * (neumt + sft),
        "importance": runs * bool(neumt),
        "choose": runs * neumt,
        "caption": runs * len(kinds),
        "multimodal_scores": bool(runs),
    }


def test_the_default(fresh: Copy) -> None:
    assert fresh.planned(preset=None) == DEFAULT


def test_other_seeds_train_and_score_anew_on_the_same_corpus(fresh: Copy) -> None:
    shared = {name: DEFAULT[name] for name in ("world", "corpora", "tests", "vocabulary", "encode")}
    once = {name: DEFAULT[name] for name in ("truth", "stability", "scores", "report", *MATRIX, *IMAGES)}
    twice = {name: 2 * count for name, count in DEFAULT.items() if name not in {**shared, **once}}
    assert fresh.planned(preset=None, nmt={"seeds": [1, 2]}) == {**shared, **once, **twice}


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.stem)
def test_presets(fresh: Copy, preset: Path) -> None:
    config, data = configuration(preset), os.environ.get("CROSSTALK_DATA")
    if needs_data(config) and not data:
        pytest.skip(f"{preset.name} needs corpora: set CROSSTALK_DATA to their folder")
    run = fresh.run(options=("--dry-run",), preset=str(preset), data=Path(data) if data else None)
    if run.returncode and needs_data(config) and ": no file " in problem(run.stdout):
        pytest.skip(problem(run.stdout))
    assert counts(run) == expected(config)


def test_a_preset_changes_only_keys_that_differ_from_the_default() -> None:
    default = yaml.safe_load((CHECKOUT / "config.yaml").read_text(encoding="utf-8"))

    def same(delta: dict, base: dict, path: str) -> list[str]:
        found = []
        for key, value in delta.items():
            if isinstance(value, dict) and isinstance(base.get(key), dict):
                found += same(value, base[key], f"{path}{key}.")
            elif key in base and base[key] == value:
                found.append(path + key)
        return found

    # paper.yaml states the published set-up in full, own-data.yaml shows what can be set.
    deltas = [preset for preset in PRESETS if preset.stem not in ("paper", "own-data")]
    repeated = {preset.name: same(yaml.safe_load(preset.read_text(encoding="utf-8")), default, "") for preset in deltas}
    assert {name: keys for name, keys in repeated.items() if keys} == {}


def test_part_2_needs_no_translation(fresh: Copy) -> None:
    once = ("world", "corpora", "vocabulary", "encoder")
    assert fresh.planned("matrix", preset=None) == {"encode": 9, **dict.fromkeys(once, 1), **MATRIX, "matrix": 1}


def test_mixes_are_trained_when_they_are_asked_for(fresh: Copy) -> None:
    """Of nine languages, twelve mixes of each of three sizes; named ones join them, or are another size."""
    check = "results/matrix/advice_check.parquet"
    assert fresh.planned(check, preset=None).items() >= {"mix": 3, "advice_check": 1, "block": 9}.items()
    also = {"check": {"also": [["eng_Latn", "qaa_Latn"], ["eng_Latn", "qab_Cyrl", "qac_Latn"]]}}
    assert fresh.planned(check, preset=None, matrix=also)["mix"] == 4


def test_an_added_language_trains_only_its_own_pairs(finished: Copy) -> None:
    languages = [*configuration(CHECKOUT / "config" / "presets" / "smoke.yaml").matrix.languages, "qac_Latn"]
    assert finished.planned("matrix", matrix={"languages": languages})["block"] == 3


def test_a_partition_needs_no_decoding(fresh: Copy) -> None:
    planned = fresh.planned("results/neurons/world/1/paraphrase/variance/partition.parquet")
    before = {*ONCE, "profile", "partition"} - {"tests"}
    assert planned == {"encode": 4, "paraphrases": 4, **dict.fromkeys(before, 1)}


def test_filtering_alone_needs_no_training(fresh: Copy) -> None:
    planned = fresh.planned("results/nmt/world/1/nrd_drf/scores.parquet")
    assert planned["decode"] == planned["score"] + 1 == 2
    assert planned["gamma"] == 1
    assert "specialise" not in planned


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"filtr": {"alpha": 1}}, "unknown key 'filtr'; did you mean 'filter'?"),
        ({"filter": {"alhpa": 1}}, "unknown key 'filter.alhpa'; did you mean 'alpha'?"),
        ({"nmt": {"methods": ["nrdd"]}}, "nmt.methods: unknown 'nrdd'; did you mean 'nrd'?"),
        ({"methods": {"nrd": {"training": "sparce"}}}, "methods.nrd.training: unknown training 'sparce'; did you mean"),
        ({"methods": {"nrd": {"filter": "adaptiv"}}}, "methods.nrd.filter: unknown filter 'adaptiv'; did you mean"),
        ({"nmt": {"benchmarks": ["wrld"]}}, "nmt.benchmarks: unknown 'wrld'; did you mean 'world'?"),
        ({"benchmarks": {"world": {"pivot": "deu_Latn"}}}, "pivot 'deu_Latn' is not among languages"),
        (
            {"benchmarks": {"own": {"languages": ["eng_Latn", "deu_Latn"], "sources": [{"reader": "parqet"}]}}},
            "benchmarks.own.sources.0.reader: ",
        ),
        ({"filter": {"alpha": 3}}, "filter.alpha: "),
        ({"matrix": {"benchmark": "wrld"}}, "matrix.benchmark: unknown 'wrld'; did you mean 'world'?"),
        ({"matrix": {"languages": ["deu_Latn"]}}, "matrix.languages: unknown 'deu_Latn'"),
        ({"matrix": {"training": {"sentences": 7}}}, "sentences is 7"),
        ({"matrix": {"check": {"also": [["qaa_Latn", "deu_Latn"]]}}}, "matrix.check.also: unknown 'deu_Latn'"),
    ],
)
def test_a_wrong_configuration_is_told_in_one_line(fresh: Copy, changes: dict, message: str) -> None:
    run = fresh.run(options=("--dry-run",), **changes)
    assert run.returncode != 0
    assert message in problem(run.stdout)


def test_a_missing_corpus_is_told_in_one_line(fresh: Copy, tmp_path: Path) -> None:
    source = {"reader": "aligned", "path": "news/{split}.{language}"}
    own = {"languages": ["eng_Latn", "deu_Latn"], "sources": [source]}
    changes = {"benchmarks": {"world": None, "own": own}, "matrix": {"languages": None}}
    run = fresh.run(options=("--dry-run",), data=tmp_path, **changes)
    assert run.returncode != 0
    missing = tmp_path / "news" / "train.eng_Latn"
    assert f"benchmarks.own.sources[0]: no file {missing}; check path, and data_dir" in problem(run.stdout)
