"""A real Chromium that opens made-up reports from disk; tests are skipped, and say why, where there is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from benchmarks.made_up import report
from crosstalk.report.data import ReportData, read_captions
from crosstalk.report.page import render

NAMES = ("chromium", "chromium-browser", "google-chrome")
CAPTIONS = Path(__file__).parents[2] / "report"


@dataclass
class Opened:
    """A page with all it has said and asked for since it was opened."""

    page: Any
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Debian's chromium, driven by Playwright."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: requirements/dev.txt")
    program = os.environ.get("CROSSTALK_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("needs Chromium: install Debian's package chromium, or name one in CROSSTALK_CHROMIUM")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def look(chromium: Any) -> Iterator[Callable[..., Opened]]:
    """Opens a file without a network and keeps what the page says and asks for; settings are those of a context."""
    contexts = []

    def opened(file: Path, **settings: Any) -> Opened:
        context = chromium.new_context(offline=True, viewport={"width": 1200, "height": 900}, **settings)
        contexts.append(context)
        found = Opened(context.new_page())
        found.page.on("console", lambda message: found.said.append(message.text))
        found.page.on("pageerror", lambda error: found.said.append(str(error)))
        found.page.on("request", lambda request: found.asked.append(request.url))
        found.page.goto(file.resolve().as_uri())
        return found

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def made() -> ReportData:
    """Eight languages, two seeds, all three parts."""
    return report(8, 2, captions=read_captions(CAPTIONS))


@pytest.fixture(scope="session")
def written(made: ReportData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of it, as a file."""
    file = tmp_path_factory.mktemp("page") / "index.html"
    file.write_text(render(made), encoding="utf-8")
    return file
