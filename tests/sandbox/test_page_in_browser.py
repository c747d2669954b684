"""The hosted page in Chromium: a payer's way through it, with the accessibility rules checked at every stop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests import requirements
from tests.sandbox.gifts import OpenSession
from tests.sandbox_server import SandboxServer

pytestmark = pytest.mark.browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
SIZES = {"phone": (390, 844), "desktop": (1280, 900)}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=requirements.chromium(), args=FLAGS)
        yield browser
        browser.close()


def check(page: Page) -> None:
    """No rule of axe is broken, and nothing sticks out to the right."""
    violations = Axe().run(page).response["violations"]
    assert [one["id"] for one in violations] == []
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


@pytest.mark.parametrize(
    ("size", "language", "scheme"),
    [("phone", "fr", "light"), ("desktop", "en", "light"), ("phone", "en", "dark"), ("desktop", "fr", "dark")],
)
def test_a_payer_is_declined_authenticates_and_pays(
    sandbox: SandboxServer, open_session: OpenSession, chromium: Browser, size: str, language: str, scheme: str
) -> None:
    width, height = SIZES[size]
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    session = open_session(locale=language, success_url=f"{sandbox.url}/c/pay/{{CHECKOUT_SESSION_ID}}?back=1")
    page.goto(str(session.url))
    check(page)
    page.locator("form.card button").click()
    check(page)
    for card in ("declined", "3ds"):
        page.locator("#card").select_option(card)
        page.locator("form.chooser button").click()
        page.locator("form.card button").click()
        check(page)
    page.locator("button[value=pass]").click()
    page.wait_for_url("**?back=1")
    check(page)
    assert sandbox.objects("checkout.session")[0]["status"] == "complete"
    context.close()


@pytest.mark.parametrize("size", SIZES)
def test_the_front_page_is_accessible(sandbox: SandboxServer, chromium: Browser, size: str) -> None:
    width, height = SIZES[size]
    page = chromium.new_page(viewport={"width": width, "height": height})
    page.goto(f"{sandbox.url}/")
    check(page)
    page.close()
