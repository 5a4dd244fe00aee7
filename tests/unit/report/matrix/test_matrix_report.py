"""Part 2 on the page: every figure whole, every number a row's, every text escaped."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pytest

from crosstalk.artefacts import write_table
from crosstalk.errors import CrosstalkError
from crosstalk.report import matrix_charts, matrix_tables
from crosstalk.report.data import Benchmark, ReportData, read_captions
from crosstalk.report.drawings import draw, save
from crosstalk.report.gather import gather, gather_matrix
from crosstalk.report.matrix_data import FIGURES, MatrixTables, caption_name, figure_names, shown
from crosstalk.report.matrix_heatmap import clustered, heatmap
from crosstalk.report.page import render

HOSTILE = "</script><script>alert('x')</script><img src=x onerror=alert(1)>"
CAPTIONS = Path(__file__).parents[4] / "report"
DRAWN = {
    "interference": {"interference", "exposure"},
    "runs": {"training"},
    "convergence": {"convergence"},
    "robustness": {"robustness"},
    "groups": {"families", "scripts", "resources"},
    "correlation": {"correlation"},
    "validation": {"validation"},
    "held_out": {"prediction"},
}
SIMILAR = {f"similarity_q{letter}a_Latn" for letter in "abcde"}
TOLD = {
    "robustness": "language_table",
    "convergence": "convergence_table",
    "sharing": "sharing_table",
    "exposure": "exposure_table",
    "asymmetry": "asymmetry_table",
    "correlation": "correlation_table",
    "validation": "validation_table",
    "next": "next_table",
}
TABLES = [getattr(matrix_tables, name) for name in dir(matrix_tables) if name.endswith("_table")]
Make = Callable[..., MatrixTables]


class Page(HTMLParser):
    """Elements with their attributes, the text of the page, and what its scripts hold."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.scripts, self.inside = "", list[str](), False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside = tag == "script"
        if self.inside:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "script"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.scripts[-1] += data
        else:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def html(nine: MatrixTables) -> str:
    return render(ReportData(matrix=nine, captions=read_captions(CAPTIONS), confidence=0.95))


def test_page_without_a_matrix_has_none_of_it() -> None:
    html = render(ReportData())
    assert '<figure class="heatmap' not in html
    assert "Robustness" not in html
    assert "There are no benchmarks in this report" in html


def test_page_with_a_matrix_alone(html: str) -> None:
    page = Page(html)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {str(attributes["href"])[1:] for attributes in page.all("a")} <= set(ids)
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/=]+'", html)
    assert "http" not in html.replace("http-equiv", "")
    assert "There are no benchmarks" not in page.text
    assert "translation model" not in page.text
    assert len(page.all("caption")) == len(page.all("table"))
    for unmeasured in ("Losses have not been collected", "Nothing was predicted", "has not been computed"):
        assert unmeasured not in page.text


def test_both_parts_share_a_page(nine: MatrixTables) -> None:
    only = MatrixTables(validation=nine.validation)
    text = Page(render(ReportData(benchmarks={"world": Benchmark()}, matrix=only))).text
    assert "Benchmark world" in text
    assert "Held out for a test, measured pairs" in text
    assert "No pair of languages has been trained" in text


def test_every_figure_is_drawn_and_explained(html: str, nine: MatrixTables) -> None:
    drawn = re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)
    assert len(drawn) == len(figure_names(nine.languages)) == len(matrix_charts.behind(nine))
    for svg in drawn:
        ElementTree.fromstring(svg)
    captions = read_captions(CAPTIONS)
    assert all(len(captions[caption_name(name)]) > 100 for name in figure_names(nine.languages))


def test_figures_without_rows_say_so(tmp_path: Path) -> None:
    drawn = draw(ReportData(matrix=MatrixTables()))
    assert drawn["matrix"] == {}
    save(drawn, [("matrix", name, str(tmp_path / f"{name}.svg")) for name in FIGURES])
    for name in FIGURES:
        assert "Nothing was measured" in (tmp_path / f"{name}.svg").read_text()
    with pytest.raises(KeyError):
        save(drawn, [("all", "none", str(tmp_path / "none.svg"))])


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(MatrixTables)])
def test_each_table_may_be_absent(nine: MatrixTables, name: str) -> None:
    without = dataclasses.replace(nine, **{name: getattr(MatrixTables(), name)})
    lost = set(figure_names(nine.languages)) - set(matrix_charts.behind(without))
    assert lost == (DRAWN.get(name, set()) | (SIMILAR if name in ("interference", "similarity") else set()))
    assert (heatmap(without) is None) == (name == "interference")
    missing = {table.__name__ for table in TABLES if table(without) is None}
    assert missing == {TOLD[name]} if name in TOLD else not missing


@pytest.mark.parametrize("predicted", [0.0, 1.0])
def test_one_pair_is_a_matrix(make_matrix: Make, predicted: float) -> None:
    codes = ["qaa_Latn", "qab_Latn"]
    tables = make_matrix(codes, {code: (code, "Latin", "", "") for code in codes}, predicted)
    only = MatrixTables(interference=tables.interference, robustness=tables.robustness)
    page = Page(render(ReportData(matrix=only)))
    assert ("predictions, not measurements" in page.text) == bool(predicted)
    assert {"interference", "robustness", "scripts", "prediction"} <= set(matrix_charts.behind(tables))


def test_one_language_alone_is_no_matrix(make_matrix: Make) -> None:
    tables = make_matrix(["qaa_Latn"])
    page = Page(render(ReportData(matrix=MatrixTables(runs=tables.runs, interference=tables.interference))))
    assert "No pair of languages has been trained" in page.text
    assert "Training loss alone falls" in page.text


def test_hostile_names_stay_text(make_matrix: Make) -> None:
    codes = ["qaa_Latn", HOSTILE, "qac_Latn"]
    facts = {code: (code, HOSTILE, HOSTILE, HOSTILE) for code in codes}
    tables = make_matrix(codes, facts)
    encoders = {"similarity": {HOSTILE: tables.similarity["own"]}, "correlation": {HOSTILE: tables.correlation["own"]}}
    fewer = dict.fromkeys(["runs", "convergence", "exposure", "validation", "held_out"])
    hostile = dataclasses.replace(tables, **encoders, **fewer)
    page = Page(render(ReportData(matrix=hostile, captions={HOSTILE: HOSTILE})))
    kinds = [attributes.get("type", "") for attributes in page.all("script")]
    assert kinds == ["application/json", "application/json", ""]
    assert not page.all("img")
    assert not any("onerror" in attributes for _, attributes in page.elements)
    names = [language["name"] for language in json.loads(page.scripts[0])["languages"]]
    assert HOSTILE in names
    assert "alert('x')" in page.text


def test_the_map_holds_the_rows(html: str, nine: MatrixTables) -> None:
    data = json.loads(Page(html).scripts[0])
    codes = nine.languages
    for row in nine.cells.to_dict("records"):
        at = codes.index(row["language"]) * len(codes) + codes.index(row["added_language"])
        assert data["cells"]["interference"][at] == pytest.approx(row["interference"], abs=5e-7)
        assert data["predicted"][at] == (not row["measured"])
        assert (data["cells"]["loss_pair"][at] is None) == (not row["measured"])
        assert data["intervals"][data["interval"][at]].startswith("evaluation" if row["measured"] else "the errors")
    assert all(data["cells"]["interference"][at * (len(codes) + 1)] is None for at in range(len(codes)))
    for order in data["orders"]:
        assert sorted(order["order"]) == list(range(len(codes)))


def test_orders_sort(nine: MatrixTables) -> None:
    found = heatmap(nine)
    assert found is not None
    orders = {order["key"]: order for order in found.data["orders"]}
    families = [orders["family"]["groups"][at] for at in orders["family"]["order"]]
    assert families == sorted(families)
    means = nine.cells.groupby("language")["interference"].mean()
    suffering = [means[nine.languages[at]] for at in orders["robustness"]["order"]]
    assert suffering == sorted(suffering, reverse=True)


def test_alike_profiles_stand_together() -> None:
    rng = np.random.default_rng(1)
    kinds = rng.permutation([0.0] * 5 + [1.0] * 5)
    profiles = kinds[:, None] + rng.normal(0, 0.01, (10, 4))
    profiles[2, 1] = np.nan
    order = clustered(profiles)
    assert np.count_nonzero(np.diff(kinds[order])) == 1


def test_tables_say_what_the_rows_say(nine: MatrixTables) -> None:
    table = matrix_tables.language_table(nine)
    assert table is not None
    row = next(row for row in nine.robustness.to_pylist() if row["outliers"])  # type: ignore[union-attr]
    line = next(line for line in table.rows if line[0].note == row["language"])
    cells = dict(zip(table.columns, line, strict=True))
    assert cells["Robustness"].sort == row["robustness"]
    assert cells["Robustness"].text == f"{100 * row['robustness']:+.2f}\u00a0%".replace("-", "−")
    sharing = matrix_tables.sharing_table(nine)
    assert sharing is not None
    verdicts = {(line[0].text, line[0].note): line[3].verdict for line in sharing.rows}
    assert verdicts["Script", ""] == "better"
    assert verdicts["Family", ""] == "same"


def test_figures_of_the_paper_are_those_of_its_languages() -> None:
    assert shown(["eng_Latn", "deu_Latn", "spa_Latn"]) == ["spa_Latn", "eng_Latn"]
    assert shown(["a", "b", "c", "d", "e", "f"]) == ["a", "b", "c", "d", "e"]
    assert caption_name("similarity_eng_Latn") == "matrix_similarity"


def test_languages_that_share_a_name_are_told_apart(make_matrix: Make) -> None:
    facts = {
        "zho_Hans": ("Chinese", "", "", ""),
        "zho_Hant": ("Chinese", "", "", ""),
        "eng_Latn": ("English", "", "", ""),
    }
    tables = make_matrix(list(facts), facts)
    assert [tables.name(code) for code in facts] == ["Chinese (zho_Hans)", "Chinese (zho_Hant)", "English"]


def test_tables_are_gathered_from_files(nine: MatrixTables, tmp_path: Path) -> None:
    assert gather([], None, {}) == {}
    parts = {"interference": nine.interference, "runs.a.00": nine.runs, "runs.b.00": nine.runs, "next": nine.next}
    encoders = {"similarity.SONAR": nine.similarity["own"], "correlation": nine.correlation["own"]}
    files = {name: tmp_path / f"{name}.parquet" for name in parts | encoders}
    for name, table in (parts | encoders).items():
        assert isinstance(table, pa.Table)
        write_table(table, files[name])
    found = gather_matrix(files)
    assert found.runs is not None
    assert found.runs.num_rows == 2 * len(nine.runs)  # type: ignore[arg-type]
    assert list(found.similarity) == ["SONAR"]
    assert found.languages == nine.languages
    assert found.fact("script") == dict.fromkeys(nine.languages, "Latin")
    with pytest.raises(CrosstalkError, match="no table 'robust' of the matrix"):
        gather_matrix({"robust": tmp_path})
