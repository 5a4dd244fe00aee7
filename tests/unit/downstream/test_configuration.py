"""What is refused before anything runs, and what would run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crosstalk.config import load
from crosstalk.config.files import merged
from crosstalk.demand import Demand
from crosstalk.errors import CrosstalkError
from crosstalk.plan import counts, text
from crosstalk.workflow_downstream import DownstreamWorkflow

CODES = ["eng_Latn", "qaa_Latn", "qab_Cyrl", "qac_Latn", "qba_Latn"]
TASK = {"reader": "world", "label": "place"}


def configuration(matrix: list[str] = CODES, processes: int = 1, **downstream: Any):
    benchmarks = {"world": {"languages": CODES, "sources": [{"reader": "world"}]}}
    settings = {"targets": {"qab_Cyrl": {}}, "tasks": {"place": TASK}, **downstream}
    shared = {name: {"sampling": {"accumulate": processes}} for name in ("foundation", "pretraining", "specialisation")}
    return load(
        {"benchmarks": benchmarks, "methods": {"xlmt": {}}, "nmt": {"benchmarks": []}, "matrix": {"languages": matrix},
         "downstream": settings, "speed": {"training_processes": processes}, **shared}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tasks": {}}, "downstream: there are targets but no tasks; expected both, or neither"),
        ({"targets": {}}, "downstream: there are tasks but no targets"),
        ({"targets": {"qac_Latm": {}}}, "downstream.targets: unknown 'qac_Latm'; did you mean 'qac_Latn'"),
        ({"matrix": CODES[:2]}, "downstream.targets: unknown 'qab_Cyrl'"),
        ({"friends": {"languages": ["deu_Latn"]}}, "downstream.friends.languages: unknown 'deu_Latn'"),
        ({"benchmark": "wrld"}, "downstream.benchmark: unknown 'wrld'; did you mean 'world'"),
        ({"processes": 2}, "downstream.training.sampling.accumulate: expected a multiple of"),
        ({"tasks": {"place": {**TASK, "reader": "sib"}}}, "downstream.tasks.place.reader: "),
        ({"targets": {"qab_Cyrl": {"low": ["qab_Cyrl"]}}}, "targets.qab_Cyrl.low: expected other languages"),
        ({"protocol": {}}, "unknown key 'downstream.protocol'"),
    ],
)
def test_a_wrong_configuration_is_told_in_one_line(settings: dict[str, Any], message: str):
    with pytest.raises(CrosstalkError, match=message) as caught:
        configuration(**settings)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_told_in_one_line(tmp_path: Path):
    config = configuration(tasks={"topics": {"reader": "sib200", "path": str(tmp_path / "sib")}})
    with pytest.raises(CrosstalkError, match=r"downstream\.tasks\.topics: no file .*sib; check path, and data_dir"):
        DownstreamWorkflow(config).check()
    (tmp_path / "sib").mkdir()
    DownstreamWorkflow(config).check()


def test_nothing_of_it_is_in_the_default(checkout: Path):
    found = counts(load(merged([checkout / "config.yaml"])))
    assert found["downstream"] is None
    assert not {"partners", "mixture", "classify"} & found["jobs"].keys()


def test_trainings_are_counted():
    found = counts(configuration(pairs=1, group=2, friends={"size": 2, "added": 1}, seeds=[1, 2]))
    # untrained, alone, half, low1, high1, two groups; untrained, alone, friendly1, unfriendly1
    assert found["downstream"]["trainings"] == found["jobs"]["mixture"] == 2 * (7 + 4)
    assert [found["jobs"][rule] for rule in ("partners", "labelled", "classify", "downstream_scores")] == [1, 1, 2, 1]
    assert "targets: qab_Cyrl; partners are chosen from 5 languages" in text({**found, "estimate": None})


def test_the_papers_set_up(checkout: Path):
    config = load(merged([checkout / "config.yaml", checkout / "config" / "presets" / "paper.yaml"]))
    found = counts(config)
    assert found["downstream"]["targets"] == ["ell_Grek", "mya_Mymr", "nld_Latn"]
    assert found["downstream"]["trainings"] == 3 * 9 + 6
    assert (found["downstream"]["layers"], found["downstream"]["languages"]) == (24, 83)
    asked = found["asked"]["mixture"]
    assert (asked["gpu"], asked["cpus_per_task"]) == (4, 4)
    large = 1024 * 250_000 + 24 * (4 * 1024**2 + 2 * 1024 * 4096)
    assert asked["mem_mb"] == pytest.approx(4 * 2500 + (16 + 16) * 1e-6 * large, abs=600)


def test_a_deeper_encoder_asks_for_more():
    shallow, deep = (
        Demand(
            configuration(
                model={"d_model": 512, "ffn": 2048, "heads": 8, "layers": layers},
                training={"updates": 20000, "sampling": {"batch_tokens": 65536}},
            )
        )
        for layers in (2, 24)
    )
    for resource in ("runtime", "mem_mb"):
        assert deep.most("mixture")[resource] > shallow.most("mixture")[resource]
    assert deep.most("classify")["gpu"] == 1


def test_what_a_training_depends_on():
    plain = DownstreamWorkflow(configuration())
    for change in (
        {"seeds": [1, 2]}, {"confidence": 0.9}, {"pairs": 1}, {"tasks": {"tense": {**TASK, "label": "tense"}}},
    ):  # fmt: skip
        assert DownstreamWorkflow(configuration(**change)).training() == plain.training()
    other = DownstreamWorkflow(configuration(tasks={"place": {**TASK, "protocol": {"experiments": 3}}}))
    wildcards = type("Wildcards", (), {"task": "place"})
    assert other.task(wildcards) == plain.task(wildcards)
    assert other.hash("place") != plain.hash("place")
    assert DownstreamWorkflow(configuration(seeds=[1, 2])).hash("place") == plain.hash("place")
