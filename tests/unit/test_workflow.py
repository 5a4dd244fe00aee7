from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from crosstalk.config import load
from crosstalk.errors import CrosstalkError
from crosstalk.workflow import Workflow


class Wildcards(dict):
    """Entities by name, as attributes too."""

    def __getattr__(self, name: str) -> str:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error


def job(method: str = "nrd", **changes: str) -> Wildcards:
    return Wildcards({"benchmark": "world", "method": method, "seed": "1"} | changes)


@pytest.fixture
def default(checkout) -> dict[str, Any]:
    return yaml.safe_load((checkout / "config.yaml").read_text("utf-8")) | {"sensitivity": {}}


def changed(default: dict[str, Any], key: str, value: object) -> Workflow:
    """The workflow with one key, given by its path, set otherwise."""
    settings = copy.deepcopy(default)
    *sections, last = key.split(".")
    place = settings
    for section in sections:
        place = place.setdefault(section, {})
    place[last] = value
    return Workflow(load(settings))


METHODS = ["xlmt", "nrd_ft", "nrd_static", "nrd_drf", "nrd"]
OTHERS = ["nrd_frequency", "nrd_unrelated", "nrd_identical", "nrd_random"]
"""NRD with units chosen otherwise."""


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("speed.batch_sentences", 7, set()),
        ("speed.device", "cpu", set()),
        ("filter.alpha", 0.7, {"nrd_static", "nrd_drf", "nrd"}),
        ("gamma.batches", 3, {"nrd_drf", "nrd"}),
        ("selection.p_syn", 0.1, {"nrd_ft", "nrd_static", "nrd_drf", "nrd"}),
        ("sets.k", 3, {"nrd_ft", "nrd_static", "nrd_drf", "nrd"}),
        ("specialisation.learning_rate", 2e-3, {"nrd_ft", "nrd_static", "nrd"}),
        ("foundation.updates", 9, set(METHODS)),
        ("decode.beam", 4, set(METHODS)),
        ("benchmarks.world.test_sentences", 9, set(METHODS)),
        ("methods.nrd.label", "other", set()),
        ("methods.nrd.filter", "static", {"nrd"}),
        ("nmt.methods", ["nrd"], set()),
        ("data_dir", "/elsewhere", set()),
    ],
)
def test_the_hash_of_a_method_names_what_its_scores_depend_on(default, key, value, expected):
    before, after = Workflow(load(default)), changed(default, key, value)
    assert {m for m in METHODS if before.method_hash(job(m)) != after.method_hash(job(m))} == expected
    if key.split(".")[0] != "methods":
        others = {m for m in OTHERS if before.method_hash(job(m)) != after.method_hash(job(m))}
        assert others == (set(OTHERS) if "nrd" in expected else set())


def test_seeds_and_methods_have_hashes_of_their_own(default):
    workflow = Workflow(load(default))
    hashes = {workflow.method_hash(job(method, seed=seed)) for method in METHODS + OTHERS for seed in ("1", "2")}
    assert len(hashes) == 2 * len(METHODS + OTHERS)


def test_a_filters_settings_are_empty_without_one(default):
    workflow = Workflow(load(default))
    assert workflow.filter_settings(job("nrd_ft")) == {"name": "none"}
    assert workflow.filter_settings(job("nrd")) == {"name": "adaptive", "alpha": 0.5, "layers": "all", "static": "zero"}
    other = changed(default, "filter.alpha", 0.7)
    assert other.filter_settings(job("xlmt")) == workflow.filter_settings(job("xlmt"))
    assert other.filter_settings(job("nrd"))["alpha"] == 0.7


def test_files_that_a_method_needs(default):
    workflow = Workflow(load(default))
    neurons = "results/neurons/world/1/paraphrase/variance/partition.parquet"
    assert workflow.partition(job("xlmt")) == []
    assert workflow.partition(job("nrd_drf")) == [neurons]
    tuned = Wildcards(benchmark="world", seed="1", tuned="sparse.paraphrase.variance")
    assert workflow.partition(tuned) == [neurons]
    assert workflow.row(tuned).training == "sparse"
    assert [workflow.model(job(method)) for method in METHODS] == [
        f"results/models/world/1/{name}"
        for name in ("foundation", *["sparse.paraphrase.variance"] * 2, "foundation", "sparse.paraphrase.variance")
    ]
    assert [workflow.gamma(job(method)) for method in METHODS] == [
        [],
        [],
        [],
        ["results/gamma/world/1/foundation.parquet"],
        ["results/gamma/world/1/sparse.paraphrase.variance.parquet"],
    ]


def test_wildcards_are_names_of_the_configuration(default):
    constraints = Workflow(load(default | {"nmt": {"seeds": [1, 12]}})).constraints()

    def matches(name: str, value: str) -> bool:
        return re.fullmatch(constraints[name], value) is not None

    assert matches("seed", "12")
    assert not matches("seed", "2")
    assert matches("method", "nrd_ft")
    assert not matches("method", "nrd_f")
    assert matches("language", "qab_Cyrl")
    assert not matches("language", "deu_Latn")
    assert matches("model", "foundation")
    assert matches("model", "sparse.paraphrase.variance")
    assert not matches("model", "sparse-paraphrase-variance")
    assert matches("tuned", "sparse.paraphrase.variance")
    assert not matches("tuned", "foundation")


def test_wildcards_without_a_value_match_nothing_that_exists(default):
    constraints = Workflow(load(default | {"nmt": {"methods": ["xlmt"]}})).constraints()
    assert (constraints["tuned"], constraints["sets"], constraints["statistic"]) == ("none", "none", "none")


def test_an_input_for_each_language(default):
    workflow = Workflow(load(default))
    files = workflow.per_language("results/{benchmark}/{seed}/{language}.parquet")(
        Wildcards(benchmark="world", seed="1")
    )
    assert files[:2] == ["results/world/1/eng_Latn.parquet", "results/world/1/qaa_Latn.parquet"]
    assert len(files) == 9


def test_paths_for_every_benchmark_seed_and_method(default):
    workflow = Workflow(load(default | {"nmt": {"seeds": [1, 2]}}))
    assert workflow.paths("{benchmark}/{seed}/{method}", method=["a", "b"]) == [
        "world/1/a",
        "world/1/b",
        "world/2/a",
        "world/2/b",
    ]
    assert workflow.paths("{benchmark}") == ["world"]


def own_files(default: dict[str, Any], data: Path) -> Workflow:
    benchmark = {
        "languages": ["eng_Latn", "deu_Latn"],
        "sources": [{"reader": "aligned", "path": "{split}.{src}-{tgt}.{language}"}],
    }
    return Workflow(load(default | {"data_dir": str(data), "benchmarks": {"own": benchmark}, "multimodal": {}}))


def test_a_missing_corpus_is_told_with_its_key_and_place(default, tmp_path):
    workflow = own_files(default, tmp_path)
    with pytest.raises(
        CrosstalkError, match=rf"^benchmarks.own.sources\[0\]: no file {tmp_path}/.*; check path, and dat"
    ):
        workflow.check()


def test_files_of_a_corpus_are_its_inputs(default, tmp_path):
    workflow = own_files(default, tmp_path)
    for split in ("train", "dev", "test"):
        for pair in ("eng_Latn-deu_Latn", "deu_Latn-eng_Latn"):
            for language in ("eng_Latn", "deu_Latn"):
                (tmp_path / f"{split}.{pair}.{language}").write_text("")
    workflow.check()
    files = workflow.corpus_files(Wildcards(benchmark="own"))
    assert len(files) == 6
    assert all(Path(file).exists() for file in files)
    assert workflow.worlds() == []


def test_the_world_is_its_own_corpus(default):
    workflow = Workflow(load(default))
    workflow.check()
    assert workflow.corpus_files(Wildcards(benchmark="world")) == ["results/world/sentences.parquet"]
    assert workflow.worlds() == ["world"]
    assert workflow.downloads() == {}


def test_a_corpus_does_not_depend_on_how_much_is_tested(default):
    job = Wildcards(benchmark="world")
    settings = Workflow(load(default)).corpus_settings(job)
    assert changed(default, "benchmarks.world.test_sentences", 5).corpus_settings(job) == settings
    assert changed(default, "benchmarks.world.medium_tier", 5).corpus_settings(job) == settings
    assert changed(default, "benchmarks.world.seed", 5).corpus_settings(job) != settings


def test_files_to_fetch_are_named_with_address_and_checksum(default):
    entry = {"url": "https://example.org/a.tar.gz", "sha256": "0" * 64}
    source = {"reader": "tsv", "path": "a/{src}-{tgt}.tsv", "download": {"a.tar.gz": entry}}
    benchmark = {"languages": ["eng_Latn", "deu_Latn"], "sources": [source]}
    workflow = Workflow(load(default | {"benchmarks": {"own": benchmark}, "multimodal": {}}))
    assert workflow.downloads() == {"a.tar.gz": entry}
    assert workflow.corpus_files(Wildcards(benchmark="own")) == ["results/downloads/a.tar.gz"]


def test_the_report_reads_what_the_run_writes(default):
    files = Workflow(load(default)).report_files()
    assert len(files["gamma"]) == 6
    assert files["gamma"][("world", "foundation")] == "results/gamma/world/1/foundation.parquet"
    assert len(files["hypotheses"]) == len(load(default).methods)
    # Controls find nothing that is worth a look.
    assert len(files["sets"]) == 9
    assert list(files["partitions"]) == [("world", "paraphrase.variance"), ("world", "paraphrase.frequency")]
    assert next(iter(files["truth"])) == ("world", "paraphrase.variance")
    plain = Workflow(load(default | {"nmt": {"methods": ["xlmt"]}})).report_files()
    assert not plain.get("gamma")
    assert not plain.get("partitions")


def test_figures_are_those_that_have_rows(default):
    def names(**settings: object) -> set[str]:
        return {figure for _, _, figure, _, _ in Workflow(load(default | settings)).figures()}

    assert {"variance", "roles", "gamma", "differences", "zero_shot", "truth", "cost", "curves"} <= names()
    assert not {"variance", "gamma", "differences", "truth"} & names(nmt={"methods": ["xlmt"]})
    two = copy.deepcopy(default["benchmarks"])
    two["world"]["zero_shot_sentences"] = 0
    assert not {"zero_shot", "zero_shot_difference"} & names(benchmarks=two)
