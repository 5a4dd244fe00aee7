"""The mixes that the page proposes: what pairs let expect, by hand."""

from __future__ import annotations

import dataclasses

import pytest

from crosstalk.matrix.advice import Request, advise
from crosstalk.report.data import ReportData
from crosstalk.report.matrix_advice import language_table, mix_table
from crosstalk.report.matrix_data import MatrixTables
from crosstalk.report.page import render
from crosstalk.report.table import Table


@pytest.fixture
def tables(make_matrix) -> MatrixTables:
    made = make_matrix(["qaa_Latn", "qab_Latn", "qac_Latn", "qad_Latn"])
    return dataclasses.replace(made, advice=advise(made.cells, Request(["qab_Latn"], 2, top=3)).table)


def texts(table: Table | None) -> list[list[str]]:
    assert table is not None
    return [[cell.text for cell in row] for row in table.rows]


def test_mixes_stand_in_their_order(tables: MatrixTables) -> None:
    rows, table = tables.advice.to_pandas(), mix_table(tables)
    best = rows[rows["rank"] == 1]
    assert len(texts(table)) == rows["rank"].nunique() == 3
    first = table.rows[0]
    assert first[0].text == ", ".join(tables.name(code) for code in best["mix"].iloc[0])
    assert first[1].sort == pytest.approx(best["interference"].min())
    assert first[1].bounds == pytest.approx(tuple(best[["expected_low", "expected_high"]].iloc[0]))
    assert first[2].sort == pytest.approx(best["interference"].mean())
    assert first[3].text == tables.name(best.loc[best["interference"].idxmin(), "language"])
    assert [row[1].sort for row in table.rows] == sorted((row[1].sort for row in table.rows), reverse=True)


def test_the_best_mix_language_by_language(tables: MatrixTables) -> None:
    best = tables.advice.to_pandas().query("rank == 1")
    table = language_table(tables)
    assert [row[0] for row in texts(table)] == [tables.name(code) for code in best["language"]]
    assert [row[0].note for row in table.rows] == ["kept", "", ""]
    assert [row[2].sort for row in table.rows] == pytest.approx(list(best["costs_others"]))
    assert [row[3].sort for row in table.rows] == pytest.approx(list(best["without"]))


def test_the_page_says_which_languages_to_mix_and_where_that_is_from(tables: MatrixTables) -> None:
    assert mix_table(tables).key(0, 1) == "matrix/advice"
    assert "The best mix, language by language" in render(ReportData(matrix=tables))
    without = dataclasses.replace(tables, advice=tables.advice.slice(0, 0))
    assert mix_table(without) is language_table(without) is None
    assert "No mix is proposed" in render(ReportData(matrix=without))
