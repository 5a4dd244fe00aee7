"""docs/equations.md names one implementation and at least one test for every formula, and all of them exist."""

from __future__ import annotations

import ast
import inspect
import re
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest

CHECKOUT = Path(__file__).parents[2]
UNIT = Path(__file__).parent


class Row(NamedTuple):
    """A row of the table."""

    equation: str
    section: str
    implementation: str
    tests: str


ROWS = [
    Row(*(cell.strip() for cell in line.strip("|").split("|")))
    for line in (CHECKOUT / "docs" / "equations.md").read_text("utf-8").splitlines()
    if line.startswith("|") and "::" in line
]


def functions(source: Path) -> dict[str, ast.AST]:
    """Functions of a file by name."""
    tree = ast.parse(source.read_text("utf-8"))
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_the_three_equations_of_nrd_are_there() -> None:
    numbers = {found[0] for row in ROWS if (found := re.findall(r"^Eq\. \((\d+)\)", row.equation))}
    assert {"1", "2", "3"} <= numbers


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.implementation.strip("`"))
def test_an_equation_has_an_implementation_that_names_it(row: Row) -> None:
    module, name = row.implementation.strip("`").split(":")
    function = reduce(getattr, name.split("."), import_module(module))
    documentation = inspect.getdoc(function) or ""
    number = re.match(r"Eq\. \(\d+\)|Alg\. \d+, line \d+", row.equation)
    assert (number[0] if number else row.section) in documentation


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.implementation.strip("`"))
def test_the_tests_of_an_equation_exist(row: Row) -> None:
    names = re.findall(r"`([^`]+)`", row.tests)
    assert names
    for name in names:
        file, test = name.split("::")
        assert test in functions(UNIT / file), name


def test_every_function_that_opens_with_an_equation_is_in_the_table() -> None:
    listed = {row.implementation.strip("`") for row in ROWS}
    for source in sorted((CHECKOUT / "crosstalk").rglob("*.py")):
        module = ".".join(source.relative_to(CHECKOUT).with_suffix("").parts)
        for name, node in functions(source).items():
            if (ast.get_docstring(node) or "").startswith("Eq. ("):
                assert f"{module}:{name}" in listed
