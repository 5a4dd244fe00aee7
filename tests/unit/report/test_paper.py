from __future__ import annotations

from crosstalk.report.charts import charts
from crosstalk.report.paper import paper_tables
from crosstalk.report.tables import budget_table

PUBLISHED = {"xlmt": "XLM-T", "nrd": "NRD", "nrd_ft": "NRD-FT only"}


def by_title(report, **changes):
    return {table.title.split(":")[0]: table for table in paper_tables(report(**changes), "world")}


def test_the_papers_numbers_stand_below_those_of_the_run(report):
    found = by_title(report, published=PUBLISHED)
    # No method of the made-up report is judged on other sets, and none is bilingual.
    assert list(found) == ["Table 1 of the paper", "Table 2 of the paper", "Table 3 of the paper"]
    table = found["Table 1 of the paper"]
    assert [row[0].text for row in table.rows] == ["XLM-T", "NRD"]
    assert len(table.columns) == 9
    place = table.columns.index("X → English, all")
    assert [row[place].note for row in table.rows] == ["paper 34.3", "paper 35.9"]
    assert all(row[place].sort > 20 for row in table.rows)
    stages = found["Table 3 of the paper"]
    assert [row[0].text for row in stages.rows] == ["XLM-T", "NRD-FT", "NRD"]
    assert stages.columns == ["Method", "X → English, all", "Zero-shot", "Off-target"]


def test_bilingual_models_stand_beside_multilingual_ones(report):
    table = by_title(report, published=PUBLISHED | {"nrd_ft": "Bilingual"})["Figure 2 of the paper"]
    assert [row[0].text for row in table.rows] == ["NRD-FT", "XLM-T", "NRD"]
    assert all(column.startswith("English → ") for column in table.columns[1:])
    assert 1 <= len(table.columns) - 1 <= 4


def test_without_methods_of_the_paper_there_are_no_tables(report):
    assert by_title(report) == {}


def test_budgets_are_those_of_all_trainings_that_lead_to_a_model(report):
    steps = {"xlmt": ["foundation"], "nrd": ["foundation", "sparse.paraphrase.variance"], "other": ["missing"]}
    table = budget_table(report(trainings=steps), "world")
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["XLM-T", "foundation", "1\u202f500", "3\u202f000\u202f000"],
        ["NRD", "foundation + sparse.paraphrase.variance", "3\u202f000", "6\u202f000\u202f000"],
    ]


def test_variations_are_drawn_and_stand_in_no_table(report):
    assert "sensitivity" in charts(report(), "world")
    assert "sensitivity" not in charts(report(variations={}), "world")
    rows = [row[0].text for table in paper_tables(report(published=PUBLISHED), "world") for row in table.rows]
    assert not [name for name in rows if name.startswith("nrd-")]
