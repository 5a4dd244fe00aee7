"""The page in a real browser, opened from disk: it is offline, silent, and every control does what it says."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from benchmarks.made_up import METHODS, report
from crosstalk.report.data import ReportData
from crosstalk.report.page import render
from tests.browser.conftest import Opened

HOSTILE = "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">'\"&{{7*7}}"
Look = Callable[..., Opened]
SHOWN = "rows => rows.filter(row => !row.hidden && row.offsetParent !== null).length"
VALUES = "cells => cells.map(cell => Number(cell.dataset.sort))"


def test_it_asks_for_nothing_and_says_nothing(look: Look, written: Path) -> None:
    for scheme in ("light", "dark"):
        opened = look(written, color_scheme=scheme)
        for fold in opened.page.locator("details").all():
            fold.evaluate("each => { each.open = true; }")
        opened.page.mouse.wheel(0, 20_000)
        assert opened.asked == [written.resolve().as_uri()]
        assert opened.said == []


def test_the_policy_forbids_what_is_not_of_the_page(look: Look, written: Path) -> None:
    opened = look(written)
    opened.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'document.title=1'}))"
    )
    opened.page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://example.org/x.png'}))")
    opened.page.wait_for_timeout(200)
    assert opened.page.title() == "crosstalk"
    assert len(opened.said) == 2
    assert all("Content Security Policy" in text for text in opened.said)


def test_it_is_readable_without_javascript(look: Look, written: Path) -> None:
    page = look(written, java_script_enabled=False).page
    assert page.locator("#matrix-matrix noscript svg").count() == 1
    assert page.locator("#matrix-matrix canvas").is_hidden()
    page.locator("#b1-scores a.from").first.click()
    assert page.locator("tr:target th").inner_text() == "results/nmt/large/1/xlmt/scores.parquet"


def test_tables_sort_by_mouse_and_keyboard(look: Look, written: Path) -> None:
    page = look(written).page
    table = page.locator("#b1-scores table").first
    head = table.locator("thead th").nth(4)
    column = table.locator("tbody td:nth-child(5)")
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    values = column.evaluate_all(VALUES)
    assert len(values) == len(METHODS)
    assert values == sorted(values, reverse=True)
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert column.evaluate_all(VALUES) == sorted(values)


def test_tables_filter_by_text_and_tier(look: Look, written: Path) -> None:
    page = look(written).page
    bar, section = page.locator("#b1-scores .filters"), page.locator("#b1-scores")
    rows = section.locator("table").first.locator("tbody tr")
    bar.get_by_label("Find").fill("nrd f")
    assert rows.evaluate_all(SHOWN) == 2
    assert "rows" in bar.locator("output").inner_text()
    bar.get_by_label("Find").fill("")
    assert rows.evaluate_all(SHOWN) == len(METHODS)
    bar.get_by_label("Tier").select_option("low")
    heads = section.locator("table").first.locator("thead th:not([hidden])")
    assert heads.all_text_contents() == ["Method", "BLEU low"]
    tiers = section.locator("table").last.locator("tbody tr:not([hidden]) td:nth-child(2)").all_text_contents()
    assert set(tiers) == {"low"}


def test_intervals_are_drawn_and_erased(look: Look, written: Path) -> None:
    page = look(written).page
    box = page.locator("#b1-gamma .filters").get_by_label("Draw intervals")
    box.check()
    assert page.locator("#b1-gamma td svg.interval").count() == 2 * 8
    assert page.locator("#b1-gamma td svg.interval .null").count() == 2 * 8
    box.uncheck()
    assert page.locator("#b1-gamma td svg.interval").count() == 0


def test_every_number_tells_where_it_comes_from(look: Look, written: Path, made: ReportData) -> None:
    page = look(written).page
    numbers = page.locator("#b1-scores td.number:not(:has(a.from)), #multimodal1-scores td.number:not(:has(a.from))")
    assert numbers.count() == 0
    link = page.locator("#b1-scores table").first.locator("tbody tr").nth(1).locator("a.from").first
    link.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="Where this number comes from")
    told = panel.inner_text()
    for part in (
        "tier = medium, metric = BLEU, method = xlmt_longer",
        "results/nmt/large/1/xlmt_longer/scores.parquet\nresults/nmt/large/2/xlmt_longer/scores.parquet",
        "0f3c5a7e91d2",
        "a1b2c3d4e5f6",
        "4d5e6f708192",
        "nrefs:1|case:mixed",
        "snakemake --profile profiles/default results/nmt/large/1/xlmt_longer/scores.parquet",
    ):
        assert part in told
    page.keyboard.press("Escape")
    assert panel.count() == 0
    focused = page.evaluate("document.activeElement.className")
    assert focused == "from"


def test_the_tabulator_stops_once_a_line(look: Look, written: Path) -> None:
    page = look(written).page
    rows = page.locator("#b1-scores table").first.locator("tbody tr")
    assert rows.locator("a.from:not([tabindex='-1'])").count() == len(METHODS)


def test_the_whole_page_is_named_for_screen_readers(look: Look, written: Path) -> None:
    page = look(written).page
    named = (
        "all => all.filter(e => !(e.getAttribute('aria-label') || e.labels?.[0]?.textContent || e.textContent"
        " || document.getElementById(e.getAttribute('aria-labelledby'))?.textContent).trim()).map(e => e.outerHTML)"
    )
    controls = page.locator("select, input, button, canvas, dialog, [role=region], [role=search], figure svg[role=img]")
    assert controls.count() > 100
    assert controls.evaluate_all(named) == []
    tables = page.locator("table")
    assert tables.count() == page.locator("table > caption").count()
    assert page.locator("html").get_attribute("lang") == "en"


def test_hostile_text_stays_text(look: Look, tmp_path: Path) -> None:
    data = report(5, 1)
    benchmark, matrix = data.benchmarks["large"], data.matrix
    assert matrix is not None
    assert matrix.facts is not None
    assert benchmark.hypotheses["nrd"] is not None

    def hostile(table: pa.Table, *columns: str) -> pa.Table:
        rows = table.to_pandas().assign(**dict.fromkeys(columns, HOSTILE))
        return pa.Table.from_pandas(rows, schema=table.schema, preserve_index=False)

    texts = {name: hostile(table, "hypothesis", "source") for name, table in benchmark.hypotheses.items()}
    facts = hostile(matrix.facts, "family", "script")
    names = facts.to_pandas()["name"]
    names.iloc[1] = HOSTILE
    facts = facts.set_column(facts.column_names.index("name"), "name", [names.tolist()])
    changed = dataclasses.replace(
        data,
        benchmarks={"large": dataclasses.replace(benchmark, hypotheses=texts)},
        matrix=dataclasses.replace(matrix, facts=facts),
        languages=dict.fromkeys(data.languages, HOSTILE),
        methods=dict.fromkeys(data.methods, HOSTILE),
        title=f"crosstalk {HOSTILE}",
        captions={"gamma": HOSTILE},
        provenance={HOSTILE: HOSTILE},
    )
    file = tmp_path / "index.html"
    file.write_text(render(changed), encoding="utf-8")
    opened = look(file)
    page = opened.page
    page.locator(".heatmap.matrix .language select").select_option("1")
    page.locator("details.everything summary").click()
    page.locator(".heatmap.matrix canvas").focus()
    page.keyboard.press("ArrowDown")
    page.locator(".heatmap.map canvas").first.focus()
    page.keyboard.press("ArrowDown")
    page.locator("#b1-scores a.from").first.click()
    assert page.title() == f"crosstalk {HOSTILE}"
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 1 + 1 + page.locator("figure script").count()
    assert HOSTILE in page.locator("#b1-translations").text_content()
    assert HOSTILE in page.locator(".language caption").first.text_content()
    assert HOSTILE in page.locator("#origin").text_content()
    assert opened.said == []
    assert opened.asked == [file.resolve().as_uri()]
