"""The command line beside Snakemake."""

from __future__ import annotations

import json

import pytest

from crosstalk import __main__ as command_line
from crosstalk.config import reference
from crosstalk.errors import CrosstalkError


def test_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["properties"]["score"]


def test_schema_as_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["schema", "--markdown"]) == 0
    assert capsys.readouterr().out.startswith("# Configuration\n")


def test_unknown_command_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        command_line.main(["shema"])
    assert left.value.code == 2
    assert "unknown command 'shema'; did you mean 'schema'?" in capsys.readouterr().err


def test_problems_are_told_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> str:
        raise CrosstalkError("key: what is wrong")

    monkeypatch.setattr(reference, "json_schema", fail)
    assert command_line.main(["schema"]) == 1
    assert capsys.readouterr().err == "crosstalk: key: what is wrong\n"
