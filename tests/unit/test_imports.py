"""Imports only ever point left, the package does not know Snakemake, and what must start fast does not load torch."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
ROOMS = [
    "world",
    "corpora",
    "tokens",
    "models",
    "training",
    "fairseq",
    "neurons",
    "methods",
    "gamma",
    "decode",
    "score",
    "matrix",
    "downstream",
    "multimodal",
    "report",
]
SHARED = {"config", "errors", "artefacts"}
"""May be imported by every room."""
BESIDE = {
    "__init__",
    "__main__",
    "demand",
    "finished",
    "grid",
    "job",
    "leftover",
    "plan",
    "plan_memory",
    "plan_time",
    "provenance",
    "workflow",
    "workflow_downstream",
    "workflow_matrix",
    "workflow_multimodal",
    "work",
    "demand_downstream",
    "demand_multimodal",
}
"""Serve the workflow, not the rooms."""
NEURAL = {
    *("models", "training", "fairseq", "neurons", "methods"),
    *("gamma", "decode", "matrix", "downstream", "multimodal"),
}
"""Rooms that may load torch; all else starts without it, the Snakefile included."""
SOURCES = sorted((CHECKOUT / "crosstalk").rglob("*.py"))


def imports(source: Path) -> Iterator[str]:
    """Every module that a file imports, at whatever place in it."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source}:{node.lineno}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(source: Path) -> str:
    return source.relative_to(CHECKOUT / "crosstalk").with_suffix("").parts[0]


def module(source: Path) -> str:
    return ".".join(source.relative_to(CHECKOUT).with_suffix("").parts).removesuffix(".__init__")


def test_every_part_has_a_place() -> None:
    assert {room(source) for source in SOURCES} <= {*ROOMS, *SHARED, *BESIDE}


@pytest.mark.parametrize("source", [s for s in SOURCES if room(s) in ROOMS], ids=lambda s: str(s.relative_to(CHECKOUT)))
def test_rooms_import_only_from_the_left(source: Path) -> None:
    here = room(source)
    allowed = {*SHARED, *ROOMS[: ROOMS.index(here) + 1]}
    others = {name.split(".")[1] for name in imports(source) if name.startswith("crosstalk.")}
    assert others <= allowed


def test_package_does_not_know_snakemake() -> None:
    assert not [source for source in SOURCES if any(name.split(".")[0] == "snakemake" for name in imports(source))]


def test_every_package_that_is_imported_is_required() -> None:
    distributions = packages_distributions()
    lines = (CHECKOUT / "requirements" / "run.txt").read_text(encoding="utf-8").splitlines()
    required = {line for line in lines if line and not line.startswith("#")}
    names = {name.split(".")[0] for source in SOURCES for name in imports(source)}
    outside = names - set(sys.stdlib_module_names) - {"crosstalk"}
    found = {name: {each.lower() for each in distributions.get(name, [])} for name in outside}
    assert {name for name, candidates in found.items() if not candidates & required} == set()


@pytest.mark.parametrize("part", sorted({*ROOMS, *SHARED, *BESIDE} - NEURAL))
def test_parts_without_a_network_do_not_load_torch(part: str) -> None:
    load_no_torch([module(source) for source in SOURCES if room(source) == part])


def test_the_matrix_is_analysed_without_torch() -> None:
    load_no_torch(["crosstalk.matrix.measurement", "crosstalk.matrix.blocks", "crosstalk.matrix.advice_check"])


def test_advice_is_given_without_torch() -> None:
    load_no_torch(["crosstalk.matrix.advice_text"])


def test_the_downstream_evaluation_is_planned_read_and_scored_without_torch() -> None:
    load_no_torch([f"crosstalk.downstream.{name}" for name in ("choice", "mixtures", "tasks", "scores")])


def load_no_torch(modules: list[str]) -> None:
    assert modules
    code = (
        f"import sys\nfor name in {modules!r}: __import__(name)\nprint({{'torch', 'transformers'}} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
