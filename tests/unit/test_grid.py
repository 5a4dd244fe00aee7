from __future__ import annotations

from typing import Any

import pytest
import yaml

from crosstalk import grid
from crosstalk.config import Config, load


@pytest.fixture
def default(checkout) -> dict[str, Any]:
    return yaml.safe_load((checkout / "config.yaml").read_text("utf-8")) | {"sensitivity": {}}


@pytest.fixture
def config(default) -> Config:
    return load(default)


def test_methods_of_equal_training_share_a_model(config):
    models = {name: grid.model_of(row) for name, row in config.methods.items()}
    assert models["xlmt"] == models["nrd_drf"] == grid.FOUNDATION
    assert models["nrd"] == models["nrd_ft"] == models["nrd_static"] == "sparse.paraphrase.variance"
    own = config.methods["nrd"].model_copy(update={"sets": "file"})
    assert grid.model_of(own) == "sparse.file.variance"


def test_models_and_partitions_are_those_that_chosen_methods_need(default):
    everything = load(default)
    controls = [("identical", "variance"), ("paraphrase", "random"), ("random", "variance")]
    claims = [("paraphrase", "variance"), ("paraphrase", "frequency")]
    assert list(grid.partitions(everything)) == sorted(controls + claims)
    assert grid.claims(everything) == claims
    sparse = {f"sparse.{sets}.{statistic}" for sets, statistic in controls + claims}
    assert {name for name, row in grid.tuned(everything).items() if row.training == "sparse"} == sparse
    assert grid.gamma_models(everything) == ["foundation", *sorted(sparse)]
    drf = load(default | {"nmt": {"methods": ["nrd_drf"]}})
    assert list(grid.methods(drf)) == ["xlmt", "nrd_drf"]
    assert grid.tuned(drf) == {}
    assert list(grid.partitions(drf)) == [("paraphrase", "variance")]
    assert grid.gamma_models(drf) == ["foundation"]
    tuned = load(default | {"nmt": {"methods": ["nrd_static", "nrd_ft"]}})
    assert grid.gamma_models(tuned) == []
    assert list(grid.tuned(tuned)) == ["sparse.paraphrase.variance"]
    plain = load(default | {"nmt": {"methods": ["xlmt"]}})
    assert (grid.partitions(plain), grid.tuned(plain), grid.gamma_models(plain)) == ({}, {}, [])


def test_sets_of_two_kinds_make_two_partitions(default):
    methods = default["methods"] | {
        "own": {"sets": "file", "statistic": "variance", "training": "sparse", "filter": "adaptive"}
    }
    sets, chosen = default["sets"] | {"file": "sets.parquet"}, {"methods": ["nrd", "own"]}
    config = load(default | {"methods": methods, "sets": sets, "nmt": chosen})
    assert list(grid.partitions(config)) == [("file", "variance"), ("paraphrase", "variance")]
    assert set(grid.tuned(config)) == {"sparse.file.variance", "sparse.paraphrase.variance"}
    assert "sparse.file.variance" in grid.gamma_models(config)


def test_which_filters_need_gamma(config):
    needs = {name: grid.needs_gamma(row) for name, row in config.methods.items()}
    assert {name for name, found in needs.items() if found} == {
        "nrd_drf", "nrd", "nrd_frequency", "nrd_unrelated", "nrd_identical", "nrd_random"
    }  # fmt: skip


def test_the_baseline_always_runs_and_order_is_the_configurations(default):
    config = load(default | {"nmt": {"methods": ["nrd", "nrd_ft"], "baseline": "nrd_drf"}})
    assert list(grid.methods(config)) == ["nrd_ft", "nrd_drf", "nrd"]


def test_benchmarks_are_all_or_those_chosen(default):
    two = default["benchmarks"] | {"other": default["benchmarks"]["world"]}
    assert grid.benchmarks(load(default | {"benchmarks": two})) == ["world", "other"]
    assert grid.benchmarks(load(default | {"benchmarks": two, "nmt": {"benchmarks": ["other"]}})) == ["other"]


def test_a_variation_is_a_method_more_that_shares_what_it_can(default):
    chosen = {"method": "nrd", "alpha": [0.25], "p_syn": [0.1], "k": [3]}
    config = load(default | {"sensitivity": chosen, "nmt": {"methods": ["nrd"]}})
    found = grid.methods(config)
    assert list(found) == ["xlmt", "nrd", "nrd-alpha-0_25", "nrd-p_syn-0_1", "nrd-k-3"]
    assert [grid.model_of(row) for row in found.values()] == [
        "foundation", "sparse.paraphrase.variance", "sparse.paraphrase.variance",
        "sparse.paraphrase.variance-p_syn-0_1", "sparse.paraphrase-k-3.variance",
    ]  # fmt: skip
    assert grid.section(config, found["nrd-alpha-0_25"], "filter").alpha == 0.25
    assert list(grid.partitions(config)) == [
        ("paraphrase", "variance"), ("paraphrase", "variance-p_syn-0_1"), ("paraphrase-k-3", "variance")
    ]  # fmt: skip
    assert grid.claims(config) == [("paraphrase", "variance")]
    assert list(grid.methods(load(default | {"sensitivity": chosen, "nmt": {"methods": ["nrd_ft"]}}))) == [
        "xlmt", "nrd_ft"
    ]  # fmt: skip


def test_what_does_not_start_from_the_foundation_trains_as_long_as_what_does(config):
    budgets = {name: grid.training(config, config.methods[name]).updates for name in ("xlmt_longer", "mnmt", "nrd_ft")}
    assert budgets["nrd_ft"] == budgets["xlmt_longer"] == config.specialisation.updates
    assert budgets["mnmt"] == config.foundation.updates + config.specialisation.updates
    assert grid.training(config, config.methods["mnmt"]).learning_rate == config.foundation.learning_rate
