"""The part of the page on downstream evaluation: the paper's tables, those here, and what is said."""

from __future__ import annotations

import pandas as pd
import pytest

from crosstalk.report.downstream_chapter import chapter
from crosstalk.report.downstream_charts import charts
from crosstalk.report.downstream_data import Downstream
from crosstalk.report.downstream_paper import table_1, table_2, table_3
from crosstalk.report.figures.style import to_svg


def scores(difference: float = 2.0, reach: float = 1.0) -> pd.DataFrame:
    rows = []
    for language in ("ell_Grek", "nld_Latn", "X"):
        values = {"untrained": 20.0, "alone": 40.0, "low1": 38.0, "low": 38.0, "high1": 38.0 - difference}
        values |= {"high": 38.0 - difference, "low_group": 30.0, "high_group": 30.5}
        told = [(name, "accuracy", value, 5.0) for name, value in values.items()]
        told += [("low", "accuracy_to_high", difference, reach), ("low_group", "accuracy_to_high_group", -0.5, 2.0)]
        told += [("alone", "accuracy_to_untrained", 20.0, 3.0)]
        rows += [
            {"benchmark": "topics", "method": name, "metric": metric, "seed": None, "tier": "target", "tgt": language,
             "src": "tur_Latn" if name == "low1" else "", "value": value, "ci_low": value - far, "ci_high": value + far}
            for name, metric, value, far in told
        ]  # fmt: skip
    return pd.DataFrame(rows)


def partners() -> pd.DataFrame:
    shared = {"target": "ell_Grek", "ci_low": -0.02, "ci_high": 0.0, "chosen": "matrix"}
    return pd.DataFrame(
        [
            {"mixture": "ell_Grek.low1", "condition": "low1", "language": "ell_Grek", "role": "target", **shared},
            {"mixture": "ell_Grek.low1", "condition": "low1", "language": "tur_Latn", "role": "partner",
             "interference": -0.01, "measured": True, **shared},
            {"mixture": "ell_Grek.high1", "condition": "high1", "language": "<b>", "role": "partner",
             "interference": -0.3, "measured": False, **shared},
        ]
    )  # fmt: skip


def curve(first: float, last: float) -> pd.DataFrame:
    return pd.DataFrame({"step": [5, 10, 20], "dev_loss": [first, None, last]})


@pytest.fixture
def tables() -> Downstream:
    curves = {("ell_Grek.low1", seed): curve(6.0, 5.0 + seed / 10) for seed in (1, 2)}
    return Downstream(scores(), partners(), curves, {"topics": ""})


def sections(tables: Downstream) -> dict:
    return {section.key: section for section in chapter(tables, {}).sections}


def texts(table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def test_table_1_of_the_paper_by_hand():
    rows = {(row.benchmark, row.language): row for row in table_1()}
    greek = rows["MassiveIntent", "ell"]
    assert (greek.alone, greek.low_languages, greek.high_languages) == (45.78, "kmr, plt", "tam, mal")
    # The paper's own averages: 42.69 and 40.20, 2.48 apart; 40.70 and 40.00, 0.70 apart.
    assert (greek.low, greek.high) == pytest.approx((42.695, 40.2))
    dutch = rows["MassiveScenario", "nld"]
    assert dutch.low - dutch.high == pytest.approx(0.70, abs=0.01)
    assert len(rows) == 6


def test_tables_2_and_3_of_the_paper_by_hand():
    rows = {(row.benchmark, row.language): row for row in table_2()}
    burmese = rows["MassiveIntent", "mya"]
    assert (burmese.low, burmese.high, burmese.high_languages) == (46.95, 46.47, "tel-tam-swe-kat")
    assert len(rows) == 6
    rows = {(row.benchmark, row.language): row for row in table_3()}
    assert len(rows) == 8
    italian = rows["MassiveScenario", "ita"]
    assert (italian.alone, italian.low, italian.high) == (None, 41.23, 40.43)
    assert (italian.low_languages, italian.high_languages) == ("hau/eng", "ell/lao")


def test_pairs_stand_beside_those_of_the_paper(tables):
    table = sections(tables)["pairs"].tables[0]
    rows = texts(table)
    assert rows[0] == ["topics", "all", "40.0", "38.0", "36.0", "+2.0"]
    assert [row[1] for row in rows[:3]] == ["all", "ell_Grek", "nld_Latn"]
    assert table.rows[0][-1].verdict == "better"
    assert table.rows[0][-1].note == "+1.0 to +3.0"
    assert len(rows) == 3 + 6
    assert ["MassiveIntent", "ell", "45.8", "42.7", "40.2", "+2.5"] in rows


def test_what_was_not_trained_is_said(tables):
    found = sections(tables)
    assert not found["friends"].tables
    assert found["friends"].missing
    assert texts(found["groups"].tables[0])[0][-1] == "−0.5"


def test_partners_have_their_cells(tables):
    table = sections(tables)["partners"].tables[0]
    assert [[cell.text.replace("\u00a0", " ") for cell in row] for row in table.rows] == [
        ["ell_Grek", "low1", "tur_Latn", "−1.0 %"],
        ["ell_Grek", "high1", "<b>", "−30.0 %"],
    ]
    assert table.rows[1][-1].note.endswith("predicted")


def test_losses_are_means_over_seeds(tables):
    losses = next(table for table in sections(tables)["trainings"].folded if table.name == "downstream_losses")
    assert texts(losses) == [["ell_Grek.low1", "6.000", "5.150"]]
    assert losses.rows[0][2].note == "5.100 to 5.200"


@pytest.mark.parametrize(
    ("difference", "reach", "said"),
    [
        (
            2.0,
            1.0,
            "In pairs, topics: as in the paper, languages of low interference leave more (+2.0 points; +1.0 to +3.0).",
        ),
        (-2.0, 1.0, "In pairs, topics: unlike in the paper, languages of low interference leave less (−2.0 points"),
        (2.0, 3.0, "In pairs, topics: a difference is not shown (+2.0 points; −1.0 to +5.0)."),
    ],
)
def test_findings_follow_the_interval(difference: float, reach: float, said: str):
    found = chapter(Downstream(scores(difference, reach), partners()), {}).findings
    assert any(said in line for line in found)
    assert "Training a language alone changes its accuracy on topics by +20.0 points (+17.0 to +23.0)." in found


def test_the_figure_has_every_condition_once(tables):
    drawn = charts(tables)
    svg = to_svg(drawn["accuracies"])
    for text in ("topics: all", "topics: ell_Grek", "before training", "low, one", "high, group"):
        assert text in svg
    assert "low1" not in svg
    assert charts(Downstream(scores()[:0], partners())) == {}
