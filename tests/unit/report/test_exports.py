"""Tables as files: every digit in CSV, LaTeX that sets what the page says."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from crosstalk.report.exports import named, rows, save_tables
from crosstalk.report.latex import escaped, latex
from crosstalk.report.section import Chapter, Section
from crosstalk.report.table import Cell, Table

TABLE = Table(
    "scores",
    "English → X",
    ["Method", "BLEU", "γ", "Plain"],
    [
        [Cell("NRD & co"), Cell("30.1", "29.2 to 31.0", 30.123456789, "better", (29.2, 31.0)), Cell("–"), Cell("x")],
        [Cell("XLM-T"), Cell("29.0", "", 29.0), Cell("0.4", sort=0.4, null=(0.3, 0.5)), Cell("y")],
    ],
)


def test_csv_has_every_digit_and_ends_of_intervals() -> None:
    assert list(rows(TABLE)) == [
        ["Method", "BLEU", "BLEU, low", "BLEU, high", "BLEU, note", "γ", "γ, null low", "γ, null high", "Plain"],
        ["NRD & co", 30.123456789, 29.2, 31.0, "29.2 to 31.0", "–", "", "", "x"],
        ["XLM-T", 29.0, "", "", "", 0.4, 0.3, 0.5, "y"],
    ]


def test_latex_by_hand() -> None:
    assert latex(TABLE).splitlines() == [
        r"% English → X. Needs \usepackage{booktabs}.",
        r"\begin{tabular}{lrrl}",
        r"\toprule",
        r"Method & BLEU & $\gamma$ & Plain \\",
        r"\midrule",
        r"NRD \& co & \textbf{30.1} {\scriptsize 29.2 to 31.0} & -- & x \\",
        r"XLM-T & 29.0 & 0.4 & y \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        (r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}"),
        ("100 % of $5 #1 a_b ~ ^", r"100 \% of \$5 \#1 a\_b \textasciitilde{} \textasciicircum{}"),
        ("−1.3\u00a0%", r"$-$1.3~\%"),
        ("a\r\nb", "a b"),
    ],
)
def test_text_cannot_command_latex(text: str, safe: str) -> None:
    assert escaped(text) == safe


def test_every_table_is_a_file_of_its_own(tmp_path: Path) -> None:
    twice = Section(
        "s", "S", tables=[TABLE, TABLE], folded=[Table("", "Ünder/../fold", ["a"], [[Cell("1", sort=1.0)]])]
    )
    save_tables(named([Chapter("b1", "world", "Benchmark world", [], [twice])], [TABLE]), tmp_path / "tables")
    names = ["all.english-x", "world.english-x", "world.english-x-2", "world.nder-fold"]
    assert {file.name for file in (tmp_path / "tables").iterdir()} == {
        f"{name}.{kind}" for name in names for kind in ("csv", "tex")
    }
    with (tmp_path / "tables" / "all.english-x.csv").open(encoding="utf-8", newline="") as file:
        assert next(iter(csv.DictReader(file)))["BLEU"] == "30.123456789"


@pytest.mark.parametrize(
    ("title", "name"),
    [("γ by language", "gamma-by-language"), ("BLEU (below: chrF++)", "bleu"), ("→", "table")],
)
def test_files_are_named_after_titles(title: str, name: str) -> None:
    table = Table("", title, ["a"], [[Cell("1")]])
    parts = [Chapter("matrix", "the interference matrix", "", [], [Section("s", "S", tables=[table])])]
    assert [found for found, _ in named(parts, [])] == [f"interference-matrix.{name}"]
