"""`report.html` in a real browser: complete in itself, with its figures, on a phone and in the dark."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jobctl.load.output import write_report
from jobctl.load.report import Report
from jobctl.load.words import duration
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

pytestmark = pytest.mark.browser

# A report of a real run on the local stack.
SAMPLE = Path(__file__).with_name("load_report.json")
# Without these the browser looks for its maker's hosts.
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PHONE_PX = 360
# WCAG AA for text of this size.
ENOUGH_CONTRAST = 4.5
# The least contrast of any text with what is behind it.
LEAST_CONTRAST = Path(__file__).with_name("least_contrast.js").read_text()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield made
        made.close()


@pytest.fixture
def report(tmp_path: Path) -> Any:
    """The sample's contents; its page is in the test's folder."""
    text = SAMPLE.read_bytes()
    write_report(msgspec.json.decode(text, type=Report), tmp_path)
    return json.loads(text)


def shown(browser: Browser, folder: Path, scheme: Any = "light", width: int = 1000) -> tuple[Page, list[str]]:
    """The page, and what it asked for or complained of."""
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    noticed: list[str] = []

    def asked(request: Request) -> None:
        if not request.url.startswith(("file:", "data:")):
            noticed.append(request.url)

    def said(message: ConsoleMessage) -> None:
        noticed.append(message.text)

    page.on("request", asked)
    page.on("console", said)
    page.on("pageerror", lambda error: noticed.append(str(error)))
    page.goto((folder / "report.html").as_uri())
    return page, noticed


def test_no_request_leaves_the_page_and_nothing_is_complained_of(
    browser: Browser, report: Any, tmp_path: Path
) -> None:
    page, noticed = shown(browser, tmp_path)
    # ... and where something should try to, the page forbids it.
    page.evaluate("fetch('http://127.0.0.1:9/').catch(() => 0)")

    assert any("Content Security Policy" in text for text in noticed[-2:])
    assert [text for text in noticed if "Content Security Policy" not in text] == []


def test_the_page_shows_the_figures_of_the_report(browser: Browser, report: Any, tmp_path: Path) -> None:
    page, _ = shown(browser, tmp_path)

    accounting = page.locator("#accounting").inner_text().split()
    found = report["accounting"]
    for key, word in (("sent", "sent"), ("succeeded", "succeeded"), ("dead", "dead"), ("missing", "missing")):
        assert accounting[accounting.index(word) - 1] == str(found[key])
    assert report["outcome"]["sentence"] in page.locator("#verdict").inner_text()
    rows = page.locator("#percentiles tbody tr")
    for place, stage in enumerate(("triggerStage", "queueWait", "handlerTime", "endToEnd")):
        cells = rows.nth(place).locator("td").all_inner_texts()
        keys = ("p50Ms", "p90Ms", "p95Ms", "p99Ms", "maxMs")
        assert cells[1:] == [duration(report[stage][key]) for key in keys]


def test_the_charts_have_a_point_for_each_figure(browser: Browser, report: Any, tmp_path: Path) -> None:
    page, _ = shown(browser, tmp_path)

    lines = page.locator("svg path.line")
    points = [(lines.nth(n).get_attribute("d") or "").count("L") + 1 for n in range(lines.count())]
    rates, samples = len(report["rates"]), len(report["samples"])
    steps = 2 * samples - 1
    assert points == [rates, rates, rates, samples, samples, steps, steps]
    assert all((box := lines.nth(n).bounding_box()) and box["width"] > 500 for n in range(lines.count()))
    bars = page.locator(".bars")
    assert bars.count() == 4
    for place, stage in enumerate(("triggerStage", "queueWait", "handlerTime", "endToEnd")):
        heights = bars.nth(place).locator("b").evaluate_all("all => all.map(b => b.offsetHeight)")
        counts = [each["count"] for each in report[stage]["bins"]]
        assert len(heights) == len(counts)
        assert heights.index(max(heights)) == counts.index(max(counts))
        assert max(heights) > 50


def test_a_phone_shows_it_without_scrolling_sideways(browser: Browser, report: Any, tmp_path: Path) -> None:
    page, _ = shown(browser, tmp_path, width=PHONE_PX)

    assert page.evaluate("document.documentElement.scrollWidth") == PHONE_PX


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast(browser: Browser, report: Any, tmp_path: Path, scheme: str) -> None:
    page, _ = shown(browser, tmp_path, scheme)

    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    contrast, text = page.evaluate(LEAST_CONTRAST)

    assert (background == "rgb(14, 18, 24)") == (scheme == "dark")
    assert contrast >= ENOUGH_CONTRAST, text
