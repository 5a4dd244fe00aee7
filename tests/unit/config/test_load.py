"""Configurations that are right, and the one line that tells what is wrong with those that are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from snakemake.utils import update_config

from crosstalk.config import Config, load, science_hash
from crosstalk.errors import CrosstalkError

CHECKOUT = Path(__file__).parents[3]
PRESETS = sorted((CHECKOUT / "config" / "presets").glob("*.yaml"))


@pytest.fixture(autouse=True)
def no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CROSSTALK_DATA", raising=False)


def settings(**changes: Any) -> dict[str, Any]:
    """The smallest configuration, with changes merged into it as Snakemake merges files."""
    toy = {"languages": ["eng_Latn", "qaa_Latn"], "sources": [{"reader": "world"}]}
    smallest: dict[str, Any] = {"benchmarks": {"toy": toy}, "methods": {"xlmt": {}}}
    update_config(smallest, changes)
    return smallest


def default() -> dict[str, Any]:
    return yaml.safe_load((CHECKOUT / "config.yaml").read_text(encoding="utf-8"))


def test_defaults_are_filled_in() -> None:
    config = load(settings())
    assert config.score.bootstrap == 1000
    assert config.benchmarks["toy"].pivot == "eng_Latn"


def test_default_configuration_loads() -> None:
    assert load(default()).benchmarks


@pytest.mark.parametrize("preset", PRESETS, ids=lambda file: file.stem)
def test_presets_load_and_are_deltas(preset: Path) -> None:
    merged, delta = default(), yaml.safe_load(preset.read_text(encoding="utf-8"))
    load(merged)
    before = default()
    update_config(merged, delta)
    assert load(merged) != load(before)


def test_merging_is_deep() -> None:
    config = load(settings(score={"seed": 7}, benchmarks={"toy": {"seed": 9}, "more": settings()["benchmarks"]["toy"]}))
    assert config.score.seed == 7
    assert config.score.bootstrap == 1000
    assert config.benchmarks["toy"].seed == 9
    assert config.benchmarks["toy"].languages == ["eng_Latn", "qaa_Latn"]
    assert list(config.benchmarks) == ["toy", "more"]


def test_null_drops_an_entry() -> None:
    more = {"more": {"label": "More"}}
    assert list(load(settings(methods=more)).methods) == ["xlmt", "more"]
    assert list(load(settings(methods={"more": None})).methods) == ["xlmt"]


def test_a_benchmark_that_is_dropped_takes_its_images_along() -> None:
    merged = default()
    merged["multimodal"]["benchmarks"] = {"world": {"images": {"source": "world"}}}
    assert list(load(merged).multimodal.benchmarks) == ["world"]
    merged["benchmarks"] |= {"world": None, "own": merged["benchmarks"]["world"]}
    assert load(merged).multimodal.benchmarks == {}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scroe": {}}, r"unknown key 'scroe'; did you mean 'score'\?"),
        ({"score": {"boostrap": 200}}, r"unknown key 'score\.boostrap'; did you mean 'bootstrap'\?"),
        ({"benchmarks": {"toy": {"pivvot": "x"}}}, r"unknown key 'benchmarks\.toy\.pivvot'; did you mean 'pivot'\?"),
        ({"score": {"zzz": 1}}, r"unknown key 'score\.zzz'; known: bootstrap, confidence"),
        ({"score": {"bootstrap": 99}}, r"score\.bootstrap: .*greater than or equal to 100, given 99"),
        ({"score": {"confidence": 1}}, r"score\.confidence: .*less than 1, given 1"),
        ({"score": {"tokenizer": "14a"}}, r"score\.tokenizer: .*'13a'.*given '14a'"),
        ({"benchmarks": {"toy": {"pivot": "fra_Latn"}}}, r"benchmarks\.toy: pivot 'fra_Latn' is not among languages"),
        ({"benchmarks": {"toy": {"medium_tier": 10**9}}}, r"medium_tier must not be above high_tier"),
        ({"benchmarks": {"Toy!": settings()["benchmarks"]["toy"]}}, r"benchmarks\.Toy!"),
        ({"benchmarks": {"toy": {"languages": ["eng_Latn", "english"]}}}, r"benchmarks\.toy\.languages\.1.*'english'"),
        ({"model": {"d_model": 30, "heads": 4}}, r"model: d_model 30 is not a multiple of heads 4"),
        ({"methods": {"new": {"sets": "paraphrase"}}}, r"methods\.new: sets and statistic go together"),
        ({"methods": {"new": {"training": "spars"}}}, r"methods\.new\.training: unknown training 'spars'"),
        ({"nmt": {"methods": ["xlmtt"]}}, r"nmt\.methods: unknown 'xlmtt'; did you mean 'xlmt'\?"),
        ({"nmt": {"baseline": "mnmt"}}, r"nmt\.baseline: unknown 'mnmt'"),
    ],
)
def test_mistakes_are_told_in_one_line(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(CrosstalkError, match=message) as caught:
        load(settings(**changes))
    assert str(caught.value).startswith("configuration: ")
    assert "\n" not in str(caught.value)


def test_missing_key_is_named_with_what_was_expected() -> None:
    with pytest.raises(CrosstalkError, match=r"key 'benchmarks' is missing; expected Corpora that are trained"):
        load({"methods": {"xlmt": {}}})


def test_data_folder_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSTALK_DATA", "/corpora")
    assert load(settings()).data_dir == "/corpora"
    assert load(settings(data_dir="/mine")).data_dir == "/mine"


def test_loading_does_not_change_what_it_is_given() -> None:
    given = settings(methods={"more": None})
    load(given)
    assert given == settings(methods={"more": None})


def test_loaded_values_do_not_change() -> None:
    config = load(settings())
    with pytest.raises(ValueError, match="frozen"):
        config.score.seed = 3  # type: ignore[misc]


def test_science_hash_tells_settings_apart() -> None:
    config = load(settings())
    assert science_hash(config.score) == science_hash(load(settings()).score)
    assert science_hash(config.score) != science_hash(load(settings(score={"seed": 2})).score)
    assert science_hash(config.score, "a") != science_hash("a", config.score)
    assert isinstance(config, Config)


def test_an_engine_that_cannot_search_so_is_refused():
    with pytest.raises(CrosstalkError, match=r"speed\.engine: ctranslate2 has no decode\.stop 'score'"):
        load(settings(decode={"stop": "score"}, speed={"engine": "ctranslate2"}))


def test_more_processes_than_micro_batches_are_refused():
    speed = {"training_processes": 2}
    with pytest.raises(
        CrosstalkError, match=r"training_processes: 2 .*pretraining\.sampling\.accumulate is 1; expected"
    ):
        load(settings(speed=speed))
    load(
        settings(
            speed=speed,
            model={"pretrained": "xlm-roberta-base"},
            foundation={"sampling": {"accumulate": 2}},
            specialisation={"sampling": {"accumulate": 3}},
        )
    )
