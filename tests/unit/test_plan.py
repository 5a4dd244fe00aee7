"""What a configuration will run: counted by hand, and what is said about its time."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from crosstalk import __main__ as command_line
from crosstalk import plan_time
from crosstalk.config import Config, load
from crosstalk.config.files import merged
from crosstalk.errors import CrosstalkError
from crosstalk.matrix.facts import MATRIX83
from crosstalk.plan import counts, jobs, plan, text

CODES = ["eng_Latn", "qaa_Latn", "qab_Cyrl", "qac_Latn", "qba_Latn", "qbb_Grek", "qbc_Deva"]


@pytest.fixture(autouse=True)
def no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CROSSTALK_DATA", raising=False)


def small_world(first: int, /, **matrix: Any) -> Config:
    """The first languages of the world and no other settings."""
    world = {"languages": CODES[:first], "sources": [{"reader": "world"}]}
    return load({"world": {"test": 20}, "benchmarks": {"world": world}, "methods": {"xlmt": {}}, "matrix": matrix})


def preset(checkout: Path, name: str) -> Config:
    return load(merged([checkout / "config.yaml", checkout / "config" / "presets" / f"{name}.yaml"]))


@pytest.mark.parametrize(("languages", "runs"), [(2, 3), (3, 6), (4, 10), (7, 28)])
def test_languages_alone_and_pairs_are_counted(languages: int, runs: int) -> None:
    found = counts(small_world(languages))
    assert (found["languages"], found["matrix_runs"], found["controls"]) == (languages, runs, languages)
    assert (found["predicted_pairs"], found["seeds"], found["trainings"]) == (0, 1, runs + languages)


def test_seeds_repeat_trainings_but_no_run_or_block() -> None:
    once, thrice = counts(small_world(4)), counts(small_world(4, seeds=[1, 2, 3]))
    assert (thrice["seeds"], thrice["trainings"]) == (3, 3 * (10 + 4))
    assert [once[key] for key in ("matrix_runs", "controls", "blocks")] == [10, 4, 4]
    assert [thrice[key] for key in ("matrix_runs", "controls", "blocks")] == [10, 4, 4]


def test_controls_can_be_left_out() -> None:
    found = counts(small_world(4, exposure=False))
    assert (found["matrix_runs"], found["controls"], found["trainings"]) == (10, 0, 10)


@pytest.mark.parametrize(("size", "blocks"), [(1, 1 + 1 + 2 + 3 + 4), (2, 1 + 1 + 1 + 2 + 2), (4, 5), (32, 5)])
def test_blocks_follow_from_their_size(size: int, blocks: int) -> None:
    found = counts(small_world(5, block=size))
    assert found["blocks"] == found["jobs"]["block"] == blocks


def test_pairs_outside_the_budget_are_predicted() -> None:
    found = counts(small_world(5, budget=1e-9, also=[["qaa_Latn", "qac_Latn"]]))
    assert (found["matrix_runs"], found["predicted_pairs"], found["controls"]) == (5 + 1, 9, 5)
    half = counts(small_world(7, budget=0.5))
    assert 7 < half["matrix_runs"] < 28
    assert half["matrix_runs"] + half["predicted_pairs"] == 28


def test_a_part_can_be_left_out(tmp_path: Path) -> None:
    alone = plan(small_world(3, languages=[]), tmp_path, 1e3, True)
    assert (alone["languages"], alone["matrix_runs"], alone["trainings"], alone["blocks"]) == (0, 0, 0, 0)
    assert alone["estimate"] is None
    assert not {"block", "interference"} & alone["jobs"].keys()
    assert "matrix: none" in text(alone)
    other = small_world(3).model_copy(update={"nmt": small_world(3).nmt.model_copy(update={"benchmarks": []})})
    assert counts(other)["nmt"]["benchmarks"] == []
    assert not {"foundation", "decode", "scores"} & jobs(other).keys()
    assert jobs(other)["encoder"] == 1


def test_the_papers_matrix(checkout: Path) -> None:
    found = counts(preset(checkout, "paper"))
    assert (found["matrix_benchmark"], found["languages"], found["matrix_runs"]) == ("nllb83", 83, 83 + 3403)
    assert preset(checkout, "paper").benchmarks["nllb83"].languages == MATRIX83
    assert (found["controls"], found["seeds"], found["trainings"]) == (83, 1, 3486 + 83)
    assert found["blocks"] == 33 * 1 + 32 * 2 + 18 * 3
    names = [row["name"] for row in found["nmt"]["benchmarks"]]
    assert names == ["opus100", "wmt10"]


def test_the_matrix_of_parallel_texts(checkout: Path) -> None:
    config = preset(checkout, "real-matrix")
    found = counts(config)
    assert (found["languages"], found["matrix_runs"], found["controls"]) == (79, 79 + 3081, 79)
    lacking = {"epo_Latn", "jav_Latn", "ory_Orya", "ydd_Hebr"}
    assert config.benchmarks["ntrex"].languages == [code for code in MATRIX83 if code not in lacking]


def test_the_examples_of_the_page_are_configurations(checkout: Path) -> None:
    page = (checkout / "docs" / "matrix.md").read_text("utf-8")
    own, budget = (yaml.safe_load(part.split("```")[0]) for part in page.split("```yaml")[1:])
    found = counts(load(merged([checkout / "config.yaml"]) | own))
    assert (found["languages"], found["matrix_runs"], found["nmt"]["benchmarks"]) == (4, 10, [])
    trained = counts(load(merged([checkout / "config.yaml"]) | own | {"matrix": own["matrix"] | budget["matrix"]}))
    assert 4 + 2 <= trained["matrix_runs"] <= 10


def test_jobs_of_the_default(checkout: Path) -> None:
    found = jobs(load(yaml.safe_load((checkout / "config.yaml").read_text("utf-8"))))
    assert [found[rule] for rule in ("corpora", "encode", "control_sets", "gamma", "decode")] == [1, 9, 18, 6, 17]
    assert [found[rule] for rule in ("encoder", "block", "interference", "report")] == [1, 9, 1, 1]


def test_directions(checkout: Path) -> None:
    rows = {row["name"]: row for row in counts(preset(checkout, "paper"))["nmt"]["benchmarks"]}
    assert (rows["opus100"]["supervised"], rows["opus100"]["zero_shot"]) == (188, 0)
    assert (rows["wmt10"]["supervised"], rows["wmt10"]["zero_shot"]) == (20, 90)


def test_tokens_and_hours_by_hand(tmp_path: Path) -> None:
    config = small_world(3, training={"updates": 10, "sentences": 4}, evaluation={"masks": 7})
    work = plan(config, tmp_path, 1000.0, False)["estimate"]
    assert work["train_tokens"] == (6 + 3 / 2) * 10 * 4 * 40
    assert work["evaluation_tokens"] == (3 + 3 + 2 * 3) * 7 * 20 * 40
    assert work["device_hours"] == pytest.approx((12_000 + 67_200 / 3) / 1000 / 3600)
    assert (work["measured"], work["known_from"]) == (False, "given")
    assert work["assumptions"] == ["40 tokens a sentence, until the corpus has been read"]


def test_lengths_are_those_of_the_corpus_once_it_is_there(small: Any, tmp_path: Path) -> None:
    for language, store in small.stores.items():
        shutil.copytree(small.folder / language, tmp_path / "world" / "languages" / language)
        assert store.lengths.max() > 4
    cut = plan(small_world(3, training={"max_length": 5}), tmp_path, None, False)["estimate"]
    whole = plan(small_world(3), tmp_path, None, False)["estimate"]
    texts = [store.lengths[store.rows("train")] + 2 for store in small.stores.values()]
    assert whole["tokens_per_sentence"] == pytest.approx(sum(text.mean() for text in texts) / 3)
    assert 4 < cut["tokens_per_sentence"] <= 5
    assert whole["assumptions"] == []


def test_the_vocabulary_is_assumed_until_its_file_is_there(checkout: Path, tmp_path: Path) -> None:
    config = preset(checkout, "paper").model_copy(update={"data_dir": str(tmp_path)})
    work = plan(config, tmp_path, None, False)["estimate"]
    assert any("250,000 pieces" in line for line in work["assumptions"])
    weights, attention = 2 * (4 * 768**2 + 2 * 768 * 3072), 2 * 12 * 40 * 768
    output = 0.15 * 6 * (768**2 + 250_000 * 768)
    assert work["flops_per_train_token"] == pytest.approx(6 * weights + attention + output, rel=1e-6)
    assert work["device_hours"] is None
    (tmp_path / "xlm-roberta-base").mkdir()
    (tmp_path / "xlm-roberta-base" / "sentencepiece.bpe.model").write_bytes(b"no model")
    with pytest.raises(CrosstalkError, match="not a SentencePiece model"):
        plan(config, tmp_path, None, False)


def test_calibration_says_what_it_assumes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(plan_time, "matrix_product_rate", lambda speed, seconds: (1e9, "a machine"))
    found = plan(small_world(3), tmp_path, None, True)
    work = found["estimate"]
    assert work["tokens_per_second"] == pytest.approx(0.4e9 / work["flops_per_train_token"], rel=1e-5)
    assert work["device_hours"] > 0
    shown = text(found)
    assert "1 GFLOP/s, timed on a machine; assumed: trainings reach 40% of it" in shown
    assert "an estimate; no training was timed" in shown


def test_the_command_prints_json_and_nothing_else(checkout: Path) -> None:
    command = [sys.executable, "-m", "crosstalk", "plan", "--configfile", "config/presets/paper.yaml", "--json"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout)["matrix_runs"] == 3486
    assert '"matrix_runs": 3486' in done.stdout
    assert done.stderr == ""


def test_the_command_takes_files_and_settings(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(checkout)
    own = tmp_path / "own.yaml"
    own.write_text("matrix: {languages: [qaa_Latn, qab_Cyrl, qac_Latn], seeds: [1, 2]}")
    assert command_line.main(["plan", "--configfile", str(own), "--config", "matrix={exposure: false}"]) == 0
    shown = capsys.readouterr().out
    assert "runs                6   3 languages alone and 3 pairs" in shown
    assert "trainings          12" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--configfile", "nowhere.yaml"], "nowhere.yaml: not readable (No such file or directory)"),
        (["--config", "matrix"], "--config matrix: expected KEY=VALUE"),
        (["--config", "matrix={bugdet: 0.1}"], "unknown key 'matrix.bugdet'; did you mean 'budget'?"),
        (["--config", "matrix={languages: [qaa_Latin]}"], "matrix.languages.0: "),
        (["--throughput", "0"], "--throughput 0: expected tokens per second, more than 0"),
        (["--throughput", "nan"], "--throughput nan: expected"),
    ],
)
def test_mistakes_are_told_in_one_line(
    checkout: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(checkout)
    assert command_line.main(["plan", "--json", *arguments]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert message in shown.err
    assert shown.err.startswith("crosstalk: ")
    assert shown.err.count("\n") == 1


def test_a_throughput_is_given_or_timed_not_both(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        command_line.main(["plan", "--throughput", "1", "--calibrate"])
    assert left.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_the_paper_preset_plans_part_3(checkout: Path) -> None:
    found = counts(preset(checkout, "paper"))
    assert {rule: found["jobs"][rule] for rule in ("prompt_folder", "prompt_endpoint", "importance")} == {
        "prompt_folder": 2, "prompt_endpoint": 2, "importance": 2,
    }  # fmt: skip
    assert "base" not in found["jobs"], "LLaVA is there already"
    assert found["asked"]["tune"]["gpu"] == 4
    said = text(found | {"estimate": None})
    assert "m3_multi30k: 6 target languages" in said
    assert "7,063,427,072 weights, in each of 4 processes" in said
    assert "40% of the layers" in said


def test_without_part_3_the_plan_says_so() -> None:
    assert "Part 3, translation with images: none" in text(counts(small_world(2)) | {"estimate": None})
