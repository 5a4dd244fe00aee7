"""How the workflow's files are laid out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.workflow.copies import Copy, counts

CHECKOUT = Path(__file__).parents[2]
FILES = sorted((CHECKOUT / "rules").glob("*.smk"))
RULES = {
    name: body
    for file in FILES
    for name, body in re.findall(r"^rule (\w+):\n((?:(?: .*)?\n)+)", file.read_text(encoding="utf-8"), re.M)
}
SCRIPTS = sorted((CHECKOUT / "scripts").glob("*.py"))


def lines(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines())


def test_snakemake_finds_nothing_to_mend(fresh: Copy) -> None:
    run = fresh.run(options=("--lint",), preset=None)
    assert run.returncode == 0, run.stdout


def test_the_snakefile_is_short() -> None:
    assert lines(CHECKOUT / "Snakefile") <= 60


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_rule_files_are_short_and_open_with_their_contract(file: Path) -> None:
    assert lines(file) < 200
    opening = file.read_text(encoding="utf-8").split("\n\n")[0]
    assert re.search(r"^# requires:.*\n(#.*\n)*# produces:.*\n(#.*\n)*# steps:", opening, re.M)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_scripts_are_short_and_named_as_their_rule(script: Path) -> None:
    assert lines(script) <= 30
    assert f'script:\n        "../scripts/{script.name}"\n' in RULES[script.stem]


TARGETS = [name for name, body in RULES.items() if "    output:\n" not in body]
"""What a user asks for by name: inputs and nothing else."""


def test_targets_only_ask_for_files() -> None:
    assert TARGETS == ["data", "downstream", "matrix", "multimodal", "nmt"]
    assert all(re.findall(r"^    (\w+):", RULES[name], re.M) == ["input"] for name in TARGETS)


@pytest.mark.parametrize("name", [name for name in RULES if name not in TARGETS])
def test_rules_have_a_script_a_log_a_benchmark_and_an_environment(name: str) -> None:
    directives = re.findall(r"^    (\w+):", RULES[name], re.M)
    assert {"output", "script", "log", "benchmark", "conda"} <= set(directives)
    assert CHECKOUT / "scripts" / f"{name}.py" in SCRIPTS
    assert re.search(rf'log:\n        "results/logs/{name}\b', RULES[name])
    assert re.search(rf'benchmark:\n        "results/benchmarks/{name}\b', RULES[name])


def test_every_rule_file_was_read() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in FILES)
    assert len(RULES) == len(re.findall(r"^\s*(?:rule|checkpoint)\b", text, re.M)) > 0


def test_no_profile_contradicts_the_one_that_is_always_taken() -> None:
    keys = {
        name: set(yaml.safe_load((CHECKOUT / "profiles" / name / "config.yaml").read_text(encoding="utf-8")))
        for name in ("default", "slurm")
    }
    assert keys["default"].isdisjoint(keys["slurm"])


@pytest.mark.parametrize("name", ["slurm", "profiles/slurm"])
def test_the_cluster_profile_is_found_by_either_name(fresh: Copy, name: str) -> None:
    run = fresh.run(options=("--profile", name, "--dry-run"))
    assert f"Using profiles {name} and" in run.stdout
    assert counts(run)["foundation"] == 1
