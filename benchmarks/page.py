"""How soon a person sees the report of 90 languages and 10 seeds, opened from disk in a Chromium without a screen.

A first view is from the start of the navigation until the page is laid out, all its controls work and the matrix is
painted. It stands beside 2 s. The part of the page that is the matrix stands beside a page that shows the same matrix
with Vega-Lite: rectangles on a canvas with tooltips, which cannot be sorted or switched.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert

from benchmarks.made_up import report
from benchmarks.pairs import Row, judged
from crosstalk.report.data import ReportData
from crosstalk.report.page import render

LANGUAGES, SEEDS, ROUNDS = 90, 10, 5
LIMIT = 2.0
"""Seconds."""
READY = "() => document.querySelector('canvas')?.offsetHeight > 0"


def comparisons() -> list[Row]:
    """The page beside its limit and beside Vega-Lite; nothing, with a word why, where there is no browser."""
    program = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sync_playwright = None
    if program is None or sync_playwright is None:
        print("the page is not timed: needs playwright (requirements/dev.txt) and Debian's chromium")
        return []
    data = report(LANGUAGES, SEEDS)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        pages = {"all": render(data), "matrix": render(ReportData(matrix=data.matrix)), "vega": vega(data)}
        files = {name: Path(folder) / f"{name}.html" for name in pages}
        for name, text in pages.items():
            files[name].write_text(text, encoding="utf-8")
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        times: dict[str, list[float]] = {name: [] for name in files}
        for _ in range(ROUNDS + 1):
            for name, file in files.items():
                times[name].append(seconds(browser, file))
        browser.close()
    whole, ours, theirs = (statistics.median(values[1:]) for values in times.values())
    return [
        judged(f"first view of the page, {LANGUAGES} languages / limit (s)", whole, LIMIT, whole / LIMIT, "<= 1.0"),
        judged("first view of the matrix / in Vega-Lite (s)", ours, theirs, ours / theirs, "<= 1.0"),
    ]


def seconds(browser: Any, file: Path) -> float:
    """From the start of the navigation to the frame after everything is there."""
    page = browser.new_context(offline=True, viewport={"width": 1200, "height": 900}).new_page()
    page.goto(file.as_uri())
    page.wait_for_function(READY)
    took = page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))"
    )
    page.context.close()
    return float(took) / 1000


def vega(data: ReportData) -> str:
    """A page with the matrix alone, drawn by the Vega-Lite that the figures are drawn with."""
    assert data.matrix is not None
    rows = data.matrix.cells
    chart = (
        alt.Chart(rows[["language", "added_language", "interference", "ci_low", "ci_high", "measured"]])
        .mark_rect()
        .encode(
            x="added_language:N",
            y="language:N",
            color=alt.Color("interference:Q", scale=alt.Scale(scheme="blueorange", domainMid=0)),
            tooltip=list(rows[["language", "added_language", "interference", "ci_low", "ci_high"]]),
        )
    )
    with alt.data_transformers.enable("default", max_rows=None):
        specification = chart.to_json(indent=None).replace("</", "<\\/")
    bundle = vl_convert.javascript_bundle("window.draw = (at, chart) => vegaEmbed(at, chart, {renderer: 'canvas'});")
    return (
        f'<!DOCTYPE html><div id="v"></div><script type="module">{bundle}\nwindow.draw("#v", {specification});</script>'
    )
