"""What jobs ask of a cluster."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from crosstalk.config import Config, load
from crosstalk.demand import Demand

CHECKOUT = Path(__file__).parents[2]


def configuration(**changes: Any) -> Config:
    merged = yaml.safe_load((CHECKOUT / "config.yaml").read_text(encoding="utf-8"))
    for name, section in changes.items():
        merged[name] = {**(merged.get(name) or {}), **section}
    return load(merged)


def asked(resources: dict[str, Any], attempt: int = 1, **wildcards: str) -> dict[str, Any]:
    """Resources of a job, as Snakemake evaluates them."""
    job = SimpleNamespace(**{"benchmark": "world", "seed": "1", "tuned": "mnmt", **wildcards})
    return {key: value(job, attempt) if callable(value) else value for key, value in resources.items()}


LARGE = {"d_model": 1024, "ffn": 4096, "heads": 16, "encoder_layers": 24, "decoder_layers": 6}


def test_a_training_by_hand() -> None:
    """XLM-R large with six decoder layers on a GPU: 24 (4 d² + 2 d f) and 6 (8 d² + 2 d f) weights, and 2,000 d."""
    config = configuration(
        model=LARGE,
        foundation={"updates": 10_000, "sampling": {"batch_tokens": 4096, "accumulate": 2}},
    )
    d, f = 1024, 4096
    weights = 2 * 2000 * d + 24 * (4 * d * d + 2 * d * f) + 6 * (8 * d * d + 2 * d * f)
    seconds = 6 * weights * 10_000 * 2 * 4096 / 30e12
    found = asked(Demand(config).of("foundation"))
    assert found["runtime"] == pytest.approx(15 + 3 * seconds / 60, abs=5)
    assert found["mem_mb"] == pytest.approx(2500 + 20e-6 * weights, abs=500)
    assert (found["gpu"], found["cpus_per_task"], found["nodes"]) == (1, 1, 1)


def test_another_attempt_asks_for_more_memory_and_time() -> None:
    first, third = (asked(Demand(configuration()).of("foundation"), attempt) for attempt in (1, 3))
    for key in ("mem_mb", "runtime"):
        assert third[key] == 3 * first[key]
    assert {key: first[key] for key in ("gpu", "cpus_per_task")} == {
        key: third[key] for key in ("gpu", "cpus_per_task")
    }


PLAIN = {"updates": 20_000, "sampling": {"batch_tokens": 8192}}


@pytest.mark.parametrize(
    "change",
    [
        {"model": LARGE},
        {"foundation": {**PLAIN, "updates": 100_000}},
        {"foundation": {**PLAIN, "sampling": {"batch_tokens": 8192, "accumulate": 64}}},
    ],
)
def test_a_larger_training_asks_for_more_time(change: dict[str, Any]) -> None:
    plain = asked(Demand(configuration(foundation=PLAIN)).of("foundation"))["runtime"]
    assert asked(Demand(configuration(**{"foundation": PLAIN, **change})).of("foundation"))["runtime"] > plain


def test_more_mixes_ask_for_more_time() -> None:
    def minutes(**matrix: Any) -> int:
        return asked(Demand(configuration(matrix={"training": {"updates": 10_000}, **matrix})).of("mix"))["runtime"]

    plain, many = minutes(check={"mixes": 4}), minutes(check={"mixes": 40})
    assert plain < many < minutes(check={"mixes": 40}, seeds=[1, 2])
    assert plain < minutes(check={"mixes": 4, "also": [["qaa_Latn", "qab_Cyrl"]] * 9})


def test_processes_share_the_time_and_each_has_a_gpu() -> None:
    many = {"sampling": {"batch_tokens": 4096, "accumulate": 32}}
    base = {"model": LARGE, "foundation": many, "pretraining": many, "specialisation": many}
    base["multimodal"] = {"benchmarks": {}}
    one = asked(Demand(configuration(**base)).of("foundation"))
    four = asked(Demand(configuration(**base, speed={"training_processes": 4, "training_threads": 2})).of("foundation"))
    assert (four["gpu"], four["cpus_per_task"], four["nodes"]) == (4, 8, 1)
    assert one["runtime"] - 15 == pytest.approx(4 * (four["runtime"] - 15), abs=25)
    speed = {"training_processes": 4, "training_nodes": 2, "training_threads": 2}
    spread = asked(Demand(configuration(**base, speed=speed)).of("foundation"))
    assert {key: spread[key] for key in ("gpu", "cpus_per_task", "nodes", "tasks", "tasks_per_gpu", "mpi")} == {
        "gpu": 4, "cpus_per_task": 2, "nodes": 2, "tasks": 4, "tasks_per_gpu": 1, "mpi": "srun",
    }  # fmt: skip
    assert spread["mem_mb"] == pytest.approx(four["mem_mb"] / 2, abs=500)
    assert spread["runtime"] == four["runtime"]


def test_without_gpus_none_is_asked_for_and_activations_count() -> None:
    shape = {"d_model": 128, "ffn": 512, "encoder_layers": 3, "decoder_layers": 3}
    batch = {"sampling": {"batch_tokens": 8192}}
    found = [
        asked(Demand(configuration(model=shape, foundation=batch, speed={"device": at})).of("foundation"))
        for at in ("auto", "cpu")
    ]
    assert [each["gpu"] for each in found] == [1, 0]
    floats = 6 * (16 * 128 + 4 * 512) + 3 * 2000
    assert found[1]["mem_mb"] - found[0]["mem_mb"] == pytest.approx(4e-6 * 8192 * floats, abs=500)


def test_a_pretrained_shape_counts(tmp_path: Path) -> None:
    told = {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24}
    (tmp_path / "config.json").write_text(json.dumps(told))
    shaped = configuration(model={**LARGE})
    taken = configuration(model={"pretrained": str(tmp_path), "decoder_layers": 6})
    assert asked(Demand(shaped).of("foundation")) == asked(Demand(taken).of("foundation"))
    assert asked(Demand(taken).of("encoder"))["gpu"] == 0


def test_every_test_sentence_takes_its_time_to_decode() -> None:
    world = configuration().benchmarks["world"].model_dump(exclude_unset=True)
    few, many = (
        asked(Demand(configuration(benchmarks={"world": {**world, "test_sentences": count}})).of("decode"))["runtime"]
        for count in (100, 100_000)
    )
    assert many > 10 * few


def test_memory_for_text_follows_its_files(tmp_path: Path) -> None:
    source = {"name": "own", "reader": "aligned", "path": "{split}.{language}"}
    for split in ("train", "dev", "test"):
        for language in ("eng", "deu"):
            (tmp_path / f"{split}.{language}_Latn").write_bytes(bytes(25_000_000))
    own = {"languages": ["eng_Latn", "deu_Latn"], "pivot": "eng_Latn", "sources": [source], "tests": ["test"]}
    own |= {"high_tier": 2, "medium_tier": 1}
    config = configuration(benchmarks={"own": own}).model_copy(update={"data_dir": str(tmp_path)})
    found = asked(Demand(config).of("corpora"), benchmark="own")
    assert found["mem_mb"] == 2500, "1,500 and 6 for each of 150 MB, in steps of 500"
    assert found["runtime"] == 30, "15 and three times 2 seconds for each of 150 MB"
