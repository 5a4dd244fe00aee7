from __future__ import annotations

from typing import Any

import pytest
import yaml

from crosstalk import grid
from crosstalk.config import Config, load


@pytest.fixture
def default(checkout) -> dict[str, Any]:
    return yaml.safe_load((checkout / "config.yaml").read_text("utf-8"))


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
    assert grid.partitions(everything) == sorted(controls + claims)
    assert grid.claims(everything) == claims
    assert set(grid.tuned(everything)) == {f"sparse.{sets}.{statistic}" for sets, statistic in controls + claims}
    assert grid.gamma_models(everything) == ["foundation", *sorted(grid.tuned(everything))]
    drf = load(default | {"nmt": {"methods": ["nrd_drf"]}})
    assert grid.methods(drf) == ["xlmt", "nrd_drf"]
    assert grid.tuned(drf) == {}
    assert grid.partitions(drf) == [("paraphrase", "variance")]
    assert grid.gamma_models(drf) == ["foundation"]
    tuned = load(default | {"nmt": {"methods": ["nrd_static", "nrd_ft"]}})
    assert grid.gamma_models(tuned) == []
    assert list(grid.tuned(tuned)) == ["sparse.paraphrase.variance"]
    plain = load(default | {"nmt": {"methods": ["xlmt"]}})
    assert (grid.partitions(plain), grid.tuned(plain), grid.gamma_models(plain)) == ([], {}, [])


def test_sets_of_two_kinds_make_two_partitions(default):
    methods = default["methods"] | {
        "own": {"sets": "file", "statistic": "variance", "training": "sparse", "filter": "adaptive"}
    }
    sets, chosen = default["sets"] | {"file": "sets.parquet"}, {"methods": ["nrd", "own"]}
    config = load(default | {"methods": methods, "sets": sets, "nmt": chosen})
    assert grid.partitions(config) == [("file", "variance"), ("paraphrase", "variance")]
    assert set(grid.tuned(config)) == {"sparse.file.variance", "sparse.paraphrase.variance"}
    assert "sparse.file.variance" in grid.gamma_models(config)


def test_which_filters_need_gamma(config):
    needs = {name: grid.needs_gamma(row) for name, row in config.methods.items()}
    without = {"xlmt", "nrd_ft", "nrd_static"}
    assert needs == {name: name not in without for name in config.methods}


def test_the_baseline_always_runs_and_order_is_the_configurations(default):
    config = load(default | {"nmt": {"methods": ["nrd", "nrd_ft"], "baseline": "nrd_drf"}})
    assert grid.methods(config) == ["nrd_ft", "nrd_drf", "nrd"]


def test_benchmarks_are_all_or_those_chosen(default):
    two = default["benchmarks"] | {"other": default["benchmarks"]["world"]}
    assert grid.benchmarks(load(default | {"benchmarks": two})) == ["world", "other"]
    assert grid.benchmarks(load(default | {"benchmarks": two, "nmt": {"benchmarks": ["other"]}})) == ["other"]
