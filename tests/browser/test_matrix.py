"""The interference matrix and the maps of layers, to point at and to walk through."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.made_up import report
from crosstalk.report.data import ReportData
from crosstalk.report.page import render
from tests.browser.conftest import Opened

Look = Callable[..., Opened]


@pytest.fixture
def page(look: Look, written: Path) -> Any:
    return look(written).page


def cell(made: ReportData, language: str, added: str) -> dict[str, Any]:
    assert made.matrix is not None
    rows = made.matrix.cells
    return rows[(rows["language"] == language) & (rows["added_language"] == added)].iloc[0].to_dict()


def percent(value: float) -> str:
    return f"{100 * value:.2f}".replace("-", "−")


def picture(page: Any) -> str:
    return page.locator(".heatmap.matrix canvas").evaluate("canvas => canvas.toDataURL()")


def test_pointing_at_a_cell_shows_it(page: Any, made: ReportData) -> None:
    page.locator(".heatmap.matrix select[name=order]").select_option("name")
    canvas = page.locator(".heatmap.matrix canvas")
    box = canvas.bounding_box()
    canvas.hover(position={"x": box["width"] - 30, "y": box["height"] - 2 - 1.5 * 46})
    detail = page.locator(".heatmap.matrix .detail")
    assert detail.is_visible()
    text = detail.inner_text()
    row = cell(made, "qaf_Latn", "qag_Latn")
    assert text.startswith("Language qag added to Language qaf")
    assert f"Interference {percent(row['interference'])}" in text
    assert f"({percent(row['ci_low'])} to {percent(row['ci_high'])}" in text
    assert ("measured, mean over 2 seeds" in text) == bool(row["measured"])
    assert f"dilution {percent(row['dilution'])}" in text
    page.mouse.move(1, 1)
    assert detail.is_hidden()


def test_the_keyboard_walks_through_cells_and_reads_them_out(page: Any) -> None:
    page.locator(".heatmap.matrix select[name=order]").select_option("name")
    page.locator(".heatmap.matrix canvas").focus()
    said = page.locator(".heatmap.matrix [aria-live]")
    page.keyboard.press("ArrowRight")
    assert said.text_content() == "Language eng. A language is not added to itself."
    page.keyboard.press("End")
    assert said.text_content().startswith("Language qag added to Language eng. Interference")
    page.keyboard.press("PageDown")
    assert said.text_content().startswith("Language qag. ")
    page.keyboard.press("Enter")
    assert page.locator(".language caption").first.inner_text() == "What other languages do to Language qag (its row)"
    page.keyboard.press("Escape")
    assert page.locator(".heatmap.matrix .detail").is_hidden()


def test_every_switch_changes_the_picture(page: Any) -> None:
    figure, seen = page.locator(".heatmap.matrix"), set()
    for part in ("interference", "dilution", "conflict"):
        figure.get_by_label(part, exact=True).check()
        seen.add(picture(page))
    figure.get_by_label("interference", exact=True).check()
    for which in ("measured", "predicted"):
        figure.locator("select[name=cells]").select_option(which)
        seen.add(picture(page))
    figure.locator("select[name=cells]").select_option("")
    orders = figure.get_by_label("Sort by").locator("option").evaluate_all("all => all.map(each => each.value)")
    assert orders == ["family", "script", "resource_level", "robustness", "friendliness", "similar", "name"]
    for order in orders[1:]:
        figure.get_by_label("Sort by").select_option(order)
        seen.add(picture(page))
    assert len(seen) == 5 + len(orders) - 1


def test_a_language_has_its_row_and_its_column(page: Any, made: ReportData) -> None:
    page.get_by_label("Row and column of").select_option(label="Language qab")
    first, second = (page.locator(".language table").nth(place) for place in range(2))
    for table, mine, other in ((first, "language", "added_language"), (second, "added_language", "language")):
        assert made.matrix is not None
        rows = made.matrix.cells
        rows = rows[rows[mine] == "qab_Latn"].sort_values("interference")
        assert table.locator("tbody th").all_text_contents() == [f"Language {code[:3]}" for code in rows[other]]
        assert table.locator("tbody tr").first.locator("small").first.text_content() == (
            f"{percent(rows['ci_low'].iloc[0])} to {percent(rows['ci_high'].iloc[0])}\u00a0%"
        )
        known = ["measured" if measured else "predicted" for measured in rows["measured"]]
        assert table.locator("tbody td:last-child").all_text_contents() == known
        assert table.locator("circle.predicted").count() == 3 * known.count("predicted")
    first.locator("a.from").first.click()
    told = page.get_by_role("dialog").inner_text()
    assert "language = qab_Latn, added_language = q" in told
    assert "results/matrix/interference.parquet" in told


def test_all_cells_are_a_table_too(page: Any, made: ReportData) -> None:
    page.locator(".heatmap.matrix select[name=order]").select_option("name")
    page.locator("details.everything summary").click()
    table = page.locator("details.everything table")
    assert table.locator("tbody tr").count() == 8
    row = cell(made, "eng_Latn", "qab_Latn")
    text = table.locator("tbody tr").first.locator("td").nth(2).inner_text()
    assert text.removesuffix(" p") == percent(row["interference"])
    assert text.endswith(" p") == (not row["measured"])
    page.locator(".heatmap.matrix").get_by_label("dilution", exact=True).check()
    assert table.locator("tbody tr").first.locator("td").nth(2).inner_text().startswith(percent(row["dilution"]))


def test_maps_show_every_quantity_in_every_order(page: Any) -> None:
    maps = page.locator(".heatmap.map")
    assert maps.locator("figcaption strong").all_text_contents() == [
        "Units by layer and language.",
        "Overlap of syntax-sensitive units between languages.",
        "Importance of every layer.",
    ]
    first = maps.first
    first.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('.heatmap.map .meaning').textContent")
    meanings = set()
    for measure in first.get_by_label("Show").locator("option").all():
        first.get_by_label("Show").select_option(measure.get_attribute("value"))
        meanings.add(first.locator(".meaning").text_content())
    assert len(meanings) == first.get_by_label("Show").locator("option").count() == 4
    first.locator("canvas").focus()
    page.keyboard.press("ArrowRight")
    said = first.locator("[aria-live]").text_content()
    assert "Layer 0. variance: " in said
    first.get_by_label("Sort by").select_option("name")
    first.locator("canvas").focus()
    page.keyboard.press("ArrowRight")
    assert first.locator("[aria-live]").text_content().startswith("Language eng")


def test_paper_gets_what_is_shown_in_light_colours(look: Look, written: Path) -> None:
    page = look(written, color_scheme="dark").page
    figure = page.locator(".heatmap.matrix")
    figure.get_by_label("dilution", exact=True).check()
    figure.locator("select[name=order]").select_option("name")
    assert figure.locator(".shown").text_content() == "show dilution; cells measured and predicted; sort by name"
    assert figure.locator(".shown").is_hidden()
    wide = "canvas => canvas.width"
    diagonal = (
        "canvas => { const scale = canvas.width / canvas.offsetWidth;"
        " const [x, y] = [canvas.width - 20 * scale, canvas.height - 20 * scale];"
        " return [...canvas.getContext('2d').getImageData(x, y, 1, 1).data.slice(0, 3)]; }"
    )
    canvas = figure.locator("canvas")
    width, before = canvas.evaluate(wide), canvas.evaluate(diagonal)
    assert max(before) < 60
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert canvas.evaluate(wide) == 3 * width
    assert min(canvas.evaluate(diagonal)) > 200
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert canvas.evaluate(diagonal) == before
    assert page.pdf().startswith(b"%PDF-")


def test_ninety_languages_are_seen_soon(look: Look, tmp_path: Path) -> None:
    """The time itself is judged by ``make bench``; here only that nothing is many times slower."""
    file = tmp_path / "index.html"
    file.write_text(render(report(90, 10)), encoding="utf-8")
    opened = look(file)
    painted, loaded = opened.page.evaluate(
        "[performance.getEntriesByName('first-contentful-paint')[0].startTime,"
        " performance.getEntriesByType('navigation')[0].loadEventEnd]"
    )
    print(f"90 languages, 10 seeds: first paint after {painted:.0f} ms, all controls ready after {loaded:.0f} ms")
    assert opened.said == []
    assert loaded < 20_000
    canvas = opened.page.locator(".heatmap.matrix canvas")
    canvas.focus()
    opened.page.keyboard.press("ArrowDown")
    assert opened.page.locator(".heatmap.matrix .detail").is_visible()
