from __future__ import annotations

import pytest

from crosstalk.report.published import differences, holm, published_table

PUBLISHED = {"xlmt": "XLM-T", "nrd": "NRD", "nrd_ft": "NRD-FT only"}


def test_published_differences_by_hand():
    """Tables 1 to 4: 35.9 - 34.3, 30.8 - 28.6, 22.8 - 15.7; random sets 14.2 - 15.7."""
    found = differences()
    assert found["NRD", "X-en/avg94"] == pytest.approx(1.6)
    assert found["NRD", "en-X/avg94"] == pytest.approx(2.2)
    assert found["NRD", "zero-shot/avg90"] == pytest.approx(7.1)
    assert found["NRD (random sets)", "zero-shot/avg90"] == pytest.approx(-1.5)
    assert not any(system == "XLM-T" for system, _ in found)


def test_holm_by_hand():
    """0.01 x 3, 0.02 x 2, then 0.03 x 1, but no less than the one before."""
    assert holm([0.03, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.6, 0.7]) == pytest.approx([1.0, 1.0])
    assert holm([]) == []


def test_the_papers_differences_stand_beside_those_of_the_run(report):
    table = published_table(report(published=PUBLISHED), "world")
    names = [row[0].text for row in table.rows]
    assert names == ["NRD", "NRD-FT"]
    column = {name: place for place, name in enumerate(table.columns)}
    zero = table.rows[0][column["Zero-shot, paper"]], table.rows[0][column["Zero-shot, here"]]
    assert zero[0].text == "+7.1"
    # 0.042 in the made-up report, twice.
    assert zero[1].note.endswith("p 0.084")
    assert zero[1].verdict in ("better", "worse", "same")
    # The paper has no NRD-FT out of English.
    english = next(name for name in table.columns if name.startswith("English") and name.endswith("paper"))
    assert [row[column[english]].text for row in table.rows] == ["+2.2", "–"]


def test_without_the_papers_baseline_there_is_nothing_to_compare(report):
    assert published_table(report(), "world") is None
    assert published_table(report(published=PUBLISHED, baseline="nrd"), "world") is None
    assert published_table(report(published={"xlmt": "XLM-T"}), "world") is None
