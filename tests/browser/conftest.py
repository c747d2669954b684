"""Chromium and a whole site for the tests that look at pages: a fresh profile for each test, on two screens.

Everything in this directory is marked `browser`, and run by one process, so that one site and few browsers are
started. A page that logs an error, throws, or asks anything of another
machine fails its test, whatever else the test looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests import requirements
from tests.browser import site as sites
from tests.browser import town
from tests.browser.person import Person

HERE: Final = Path(__file__).parent

SWITCHES: Final = (
    "--no-sandbox",  # inside a container there is none; only our own pages are opened
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # no page reaches another machine
)

SCREENS: Final[dict[str, ViewportSize]] = {
    "390": {"width": 390, "height": 844},
    "1280": {"width": 1280, "height": 900},
}

STANDARDS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

VIOLATIONS: Final = """options => axe.run(document, options).then(found => found.violations.map(
  violation => [violation.id, violation.help, ...violation.nodes.map(node => node.html)]))"""
"""Ask axe what is wrong with a page: the rule, in words, and where. Only contrast depends on light and dark."""

Look = Callable[[Page], None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies here, and keep it together when several processes share the tests."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("browser")
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium, without a window; closed after the module, for its driver keeps an event loop."""
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=requirements.chromium(), args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sites.Site]:
    """The invented town, run as the demo runs it, with a list of projects imported and one of them closed."""
    with sites.running(tmp_path_factory.mktemp("site") / "demo") as running:
        town.prepare(running)
        yield running


@pytest.fixture(params=list(SCREENS))
def screen(request: pytest.FixtureRequest) -> ViewportSize:
    """A telephone held upright, and a laptop: a test that asks for a page runs on both."""
    return SCREENS[request.param]


@pytest.fixture
def visitor(chromium: Browser, screen: ViewportSize) -> Iterator[BrowserContext]:
    """A visitor with no cookie yet, whose browser reaches this machine only."""
    strangers: list[str] = []

    def listen(request: Request) -> None:
        if urlsplit(request.url).hostname not in {"127.0.0.1", "localhost"}:
            strangers.append(request.url)

    context = chromium.new_context(viewport=screen, reduced_motion="reduce", timezone_id="Europe/Paris")
    context.set_default_timeout(15_000)
    context.on("request", listen)
    yield context
    context.close()
    assert not strangers, "a page asked something of another machine"


@pytest.fixture
def page(visitor: BrowserContext) -> Iterator[Page]:
    """The visitor's tab; it must end without an error in its console.

    The browser itself logs an answer of 4xx or 5xx as an error; what a page shows then is the test's affair.
    """
    wrong: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            wrong.append(message.text)

    def thrown(error: Error) -> None:
        wrong.append(str(error))

    tab = visitor.new_page()
    tab.on("console", listen)
    tab.on("pageerror", thrown)
    yield tab
    assert not wrong, "the page's console has errors"


@pytest.fixture
def person(page: Page, site: sites.Site, locale: str) -> Person:
    """The visitor in front of that tab, who reads the language of the test."""
    return Person(page, site, locale)


@pytest.fixture(scope="session")
def accessible() -> Look:
    """Assert that a page has no violation that axe can see, in light and in dark, and does not scroll sideways."""
    script = Axe().axe_script

    def look(page: Page) -> None:
        page.emulate_media(color_scheme="light")
        page.evaluate(script)
        everything = {"type": "tag", "values": STANDARDS}
        assert page.evaluate(VIOLATIONS, {"runOnly": everything, "preload": False}) == []
        page.emulate_media(color_scheme="dark")
        assert page.evaluate(VIOLATIONS, {"runOnly": ["color-contrast"], "preload": False}) == []
        page.emulate_media(color_scheme="light")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"the page scrolls sideways by {wide} pixels"

    return look
