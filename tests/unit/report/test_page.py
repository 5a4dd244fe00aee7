"""The page: offline, escaped, whole, and nothing on it that no row says."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from crosstalk.artefacts import HYPOTHESES, SCORES, SETS
from crosstalk.errors import CrosstalkError
from crosstalk.report import charts, data, figures, score_tables, summary
from crosstalk.report.data import Benchmark, ReportData
from crosstalk.report.drawings import ALL, draw, save
from crosstalk.report.page import render

HOSTILE = "</script><script>alert('x')</script><img src=https://evil.example/x.png onerror=alert(1)>\"]]>"
DRAWN = {
    "scores": {"differences", "sensitivity", "zero_shot", "zero_shot_difference"},
    "gamma": {"gamma"},
    "profiles": {"variance"},
    "partitions": {"roles", "overlap"},
    "curves": {"curves"},
    "truth": {"truth"},
}
SAID = {"scores", "gamma", "partitions", "truth"}
CAPTIONS = Path(__file__).parents[3] / "report"


class Page(HTMLParser):
    """Elements with their attributes, and the text of the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


@pytest.fixture(scope="module")
def html(report: Callable[..., ReportData]) -> str:
    return render(report(captions=data.read_captions(CAPTIONS)))


def test_page_is_one_offline_file(html: str) -> None:
    page = Page(html)
    for attributes in page.all("script", "link", "img", "iframe", "object", "image", "use", "style"):
        assert not {"src", "href", "xlink:href", "data"} & set(attributes)
    assert all(attributes["href"].startswith("#") for attributes in page.all("a"))
    assert "http://" not in html
    assert "https://" not in html
    assert "@import" not in html
    assert "url(" not in html.replace("url(#", "")
    (policy,) = (a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    assert len(html) < 3_000_000


def test_links_lead_somewhere_and_ids_are_unique(html: str) -> None:
    page = Page(html)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {attributes["href"][1:] for attributes in page.all("a")} <= set(ids)
    assert set(re.findall(r"url\(#([^)]+)\)", html)) <= set(ids)


def test_tables_name_their_rows_and_columns(html: str) -> None:
    page = Page(html)
    assert len(page.all("caption")) == len(page.all("table"))
    assert page.all("table")
    assert {attributes.get("scope") for attributes in page.all("th")} == {"row", "col"}


def test_hostile_text_stays_text(report: Callable[..., ReportData], benchmark_tables: Any) -> None:
    def rename(table: pa.Table, *columns: str) -> pa.Table:
        for column in columns:
            values = [HOSTILE if value in ("qaa_Latn", "nrd") else value for value in table[column].to_pylist()]
            table = table.set_column(table.column_names.index(column), column, pa.array(values, pa.string()))
        return table

    sets = pa.Table.from_pylist(
        [{"set_id": "s", "language": HOSTILE, "member": m, "text": HOSTILE, "overlap": 0.5} for m in range(2)],
        schema=SETS,
    )
    texts = {"source": HOSTILE, "reference": HOSTILE, "hypothesis": HOSTILE, "sentence_id": HOSTILE}
    row = {"split": HOSTILE, "src": HOSTILE, "tgt": HOSTILE, **texts}
    tables_ = dataclasses.replace(
        benchmark_tables,
        scores=rename(benchmark_tables.scores, "src", "tgt", "method"),
        gamma={HOSTILE: rename(benchmark_tables.gamma["foundation"], "language")},
        profiles={HOSTILE: rename(benchmark_tables.profiles["paraphrase"], "language")},
        partitions={HOSTILE: rename(benchmark_tables.partitions["paraphrase.variance"], "language")},
        curves={HOSTILE: benchmark_tables.curves["foundation"]},
        sets=sets,
        hypotheses={HOSTILE: pa.Table.from_pylist([row], schema=HYPOTHESES)},
        truth=benchmark_tables.truth.set_column(
            0, "label", pa.array([HOSTILE] * benchmark_tables.truth.num_rows, pa.string())
        ),
    )
    hostile = report(
        benchmarks={HOSTILE: tables_},
        title=HOSTILE,
        methods={HOSTILE: HOSTILE},
        languages={"eng_Latn": HOSTILE},
        captions={"gamma": HOSTILE},
        provenance={HOSTILE: HOSTILE},
        remake=(HOSTILE,),
    )
    page = Page(render(hostile))
    assert [attributes.get("type", "") for attributes in page.all("script")].count("") == 1
    assert all(attributes.get("type", "") in ("", "application/json") for attributes in page.all("script"))
    assert page.all("img") == []
    assert not any("onerror" in attributes for _, attributes in page.elements)
    assert "alert('x')" in page.text
    assert any(HOSTILE in attributes.get("aria-label", "") for attributes in page.all("path"))


@pytest.mark.parametrize("changes", [{"benchmarks": {}}, {"benchmarks": {"empty": Benchmark()}, "costs": None}])
def test_missing_parts_are_named(report: Callable[..., ReportData], changes: dict[str, object]) -> None:
    text = Page(render(report(**changes, provenance={}))).text
    if changes["benchmarks"]:
        for missing in ("No method has been scored", "γ has not been measured", "No unit has been profiled"):
            assert missing in text
        assert "Nothing has been measured on empty" in text
        assert "The cost of the stages has not been recorded" in text
    else:
        assert "There are no benchmarks in this report" in text
    assert "No provenance was recorded" in text


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Benchmark)])
def test_each_table_may_be_absent(report: Callable[..., ReportData], benchmark_tables: Any, name: str) -> None:
    alone = report(benchmarks={"world": dataclasses.replace(Benchmark(), **{name: getattr(benchmark_tables, name)})})
    without = report(benchmarks={"world": dataclasses.replace(benchmark_tables, **{name: getattr(Benchmark(), name)})})
    assert set(charts.charts(alone, "world")) == DRAWN.get(name, set())
    said, left = summary.findings(alone, "world"), summary.findings(without, "world")
    assert bool(said) == (name in SAID)
    assert not set(said) & set(left)


def test_score_tables_say_what_the_rows_say(report: Callable[..., ReportData], benchmark_tables: Any) -> None:
    rows = {
        (row["method"], row["src"], row["tgt"], row["tier"], row["metric"]): row
        for row in benchmark_tables.scores.to_pylist()
    }
    first, second, third = score_tables.score_tables(report(), "world")
    assert [table.title for table in (first, second, third)] == ["English → X", "X → English", "Zero-shot"]
    line = next(line for line in first.rows if line[0].text == "NRD")
    cells = dict(zip(first.columns, line, strict=True))
    for column, tier, metric in (("BLEU low", "low", "BLEU"), ("BLEU all", "all", "BLEU"), ("chrF++", "all", "chrF++")):
        row = rows["nrd", "eng_Latn", "X", tier, metric]
        assert cells[column].text == f"{row['value']:.1f}"
        assert cells[column].note == f"{row['ci_low']:.1f} to {row['ci_high']:.1f}"
    assert cells["Difference"].sort == rows["nrd", "eng_Latn", "X", "all", "BLEU_delta"]["value"]
    assert cells["Difference"].note.endswith("; p 0.042")
    assert cells["Copies"].text == "1.3\u00a0%"
    assert next(line for line in third.rows if line[0].text == "XLM-T")[third.columns.index("Off-target")].text == (
        "12.0\u00a0%"
    )


def test_every_number_comes_from_rows(report: Callable[..., ReportData], benchmark_tables: Any) -> None:
    """Change every score: no number of the old score tables is left by accident."""
    scores = benchmark_tables.scores
    moved = scores
    for column in ("value", "ci_low", "ci_high"):
        values = [None if value is None else value + 500 for value in scores[column].to_pylist()]
        moved = moved.set_column(scores.column_names.index(column), column, pa.array(values, pa.float64()))
    changed = report(benchmarks={"world": dataclasses.replace(benchmark_tables, scores=moved.cast(SCORES))})
    directions = score_tables.direction_table(changed, "world")
    assert directions is not None
    found = [*score_tables.score_tables(changed, "world"), directions]
    numbers = [cell.sort for table in found for line in table.rows for cell in line if cell.sort is not None]
    assert numbers
    assert min(numbers) > 400


def test_methods_keep_the_order_of_the_report(report: Callable[..., ReportData]) -> None:
    varied = {"nrd-alpha-0": {"alpha": 0.0}, "nrd-k-2": {"k": 2}}
    (first, *_) = score_tables.score_tables(report(methods={"nrd_ft": "B", "xlmt": "A"}, variations=varied), "world")
    assert [line[0].text for line in first.rows] == ["B", "A", "nrd"]


def test_several_benchmarks_share_a_page(report: Callable[..., ReportData], benchmark_tables: Any) -> None:
    two = {
        "small": dataclasses.replace(benchmark_tables, scores=None),
        "large": Benchmark(gamma=benchmark_tables.gamma),
    }
    html = render(report(benchmarks=two))
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert "Benchmark small" in html
    assert "Benchmark large" in html


def test_page_is_the_same_every_time(report: Callable[..., ReportData], html: str) -> None:
    assert render(report(captions=data.read_captions(CAPTIONS))) == html


def test_every_figure_has_a_caption() -> None:
    captions = data.read_captions(CAPTIONS)
    assert set(figures.FIGURES) <= set(captions)
    assert {"scores", "directions", "corpus", "sets", "translations", "signatures", "provenance"} <= set(captions)
    assert all(len(text) > 40 for text in captions.values())


def test_figures_become_svg_and_pdf_files(report: Callable[..., ReportData], tmp_path: Path) -> None:
    drawn = draw(report())
    assert {*drawn["world"], *drawn[ALL]} == set(figures.FIGURES)
    save(drawn, [("world", "gamma", str(tmp_path / "gamma.svg"))])
    assert (tmp_path / "gamma.svg").read_text().startswith("<svg")
    assert (tmp_path / "gamma.pdf").read_bytes().startswith(b"%PDF-")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["gamma.pdf", "gamma.svg"]


def test_costs_are_read_from_benchmark_files(tmp_path: Path) -> None:
    file = tmp_path / "a.tsv"
    file.write_text("s\th:m:s\tmax_rss\tcpu_time\n2.5\t0:00:02\t10.5\t4.0\n1.5\t0:00:01\t-\tNA\n")
    (row,) = data.read_costs({("train", "a"): file}).to_pylist()
    assert row == {"stage": "train", "job": "a", "seconds": 4.0, "max_rss": 10.5, "cpu_seconds": 4.0}
    file.write_text("x\n1\n")
    with pytest.raises(CrosstalkError, match="no column 's'"):
        data.read_costs({("train", "a"): file})
    with pytest.raises(CrosstalkError, match="No such file"):
        data.read_costs({("train", "a"): tmp_path / "none.tsv"})
