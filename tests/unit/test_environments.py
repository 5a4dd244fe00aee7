"""One version of every package: in constraints.txt, and the same in the environments of the rules."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from crosstalk import __version__

CHECKOUT = Path(__file__).parents[2]
ENVIRONMENTS = sorted((CHECKOUT / "envs").glob("*.yaml"))
RULES = [
    (file, name, body)
    for file in sorted((CHECKOUT / "rules").glob("*.smk"))
    for name, body in re.findall(
        r"^(?:rule|checkpoint) (\w+):\n((?:(?: .*)?\n)+)", file.read_text(encoding="utf-8"), re.M
    )
]


def lines(path: str) -> list[str]:
    """Lines of a requirements file that are no comments."""
    return [line for line in (CHECKOUT / path).read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]


CONSTRAINTS = dict(line.split("==") for line in lines("constraints.txt"))


def test_constraints_are_exact_and_public() -> None:
    assert all(re.fullmatch(r"[0-9][0-9a-z.]*", version) for version in CONSTRAINTS.values())


def test_torch_stays_at_its_version() -> None:
    assert CONSTRAINTS["torch"] == "2.13.0"
    assert "torchaudio" not in CONSTRAINTS


@pytest.mark.parametrize("name", ["run", "dev", "fairseq", "mteb"])
def test_requirements_are_constrained(name: str) -> None:
    path = f"requirements/{name}.txt"
    assert set(lines(path)) <= set(CONSTRAINTS)
    assert lines(path) == sorted(lines(path))


@pytest.mark.parametrize("file", ENVIRONMENTS, ids=lambda file: file.name)
def test_environments_have_the_same_versions(file: Path) -> None:
    dependencies = yaml.safe_load(file.read_text(encoding="utf-8"))["dependencies"]
    pins = dict(line.split("==") for line in dependencies[-1]["pip"])
    assert pins == {name: CONSTRAINTS[name] for name in pins}
    more = lines(f"requirements/{file.stem}.txt") if file.stem in ("fairseq", "mteb") else []
    assert set(more) <= set(pins) <= {*lines("requirements/run.txt"), *more}


@pytest.mark.parametrize(("file", "name", "body"), RULES, ids=[name for _, name, _ in RULES])
def test_rules_that_run_something_name_an_environment(file: Path, name: str, body: str) -> None:
    if re.search(r"^    (script|shell|run|notebook|wrapper):", body, re.M):
        directive = re.search(r"^    conda:\n((?:        .*\n)+)", body, re.M)
        assert directive, f"{file.name}: rule {name} has no conda: directive"
        named = re.findall(r'"(\.\./envs/.+?)"', directive[1])
        assert named
        assert {(file.parent / path).resolve() for path in named} <= set(ENVIRONMENTS)


def test_all_rules_were_read() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in (CHECKOUT / "rules").glob("*.smk"))
    assert 0 < len(RULES) == len(re.findall(r"^(?:rule|checkpoint) ", text, re.M))


def test_one_version_of_the_project() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__
    newest = re.search(r"^## (\S+)", (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert newest
    assert newest[1] == __version__
