"""Every page in both languages, on both screens, light and dark: what holds for each of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import town
from tests.browser.conftest import Look
from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.stops import STOPS, Stop

LOCALES: Final = ("fr", "en")

FOCUSABLE: Final = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"

UNSEEN_FOCUS: Final = """nodes => nodes.filter(node => {
  if (!node.checkVisibility()) return false
  node.focus()
  const marked = [node, node.closest('.tile')].filter(Boolean).map(each => getComputedStyle(each))
  return !marked.some(style => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2)
}).map(node => node.outerHTML)"""
"""What can be focused with the keyboard and does not show it."""


@pytest.fixture(scope="module")
def prepared(site: Site) -> Site:
    """The town with an imported list and a closed project."""
    town.prepare(site)
    return site


@pytest.fixture(scope="module")
def keys(chromium: Browser, prepared: Site) -> dict[str, Any]:
    """The cookies of each persona, signed in once."""
    found: dict[str, Any] = {"": []}
    for role in ("donor", "leader", "treasurer"):
        context = chromium.new_context()
        page = context.new_page()
        page.goto(prepared.sign_in_link(role))
        page.locator("main button").click()
        page.wait_for_load_state()
        found[role] = context.cookies()
        context.close()
    return found


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: str(stop.name))
def test_a_page_is_right_in_every_way_that_all_pages_are(
    prepared: Site, keys: dict[str, Any], person: Person, accessible: Look, stop: Stop, locale: str
) -> None:
    page = person.page
    page.context.add_cookies(keys[stop.persona])
    answer = page.goto(prepared.url + stop.path[locale])
    assert answer
    assert answer.status == stop.status
    if stop.act:
        stop.act(person)
    look_at(page, accessible, f"{stop.name}-{locale}")
    expect(page).to_have_title(f"{stop.title[locale]} · Écot")
    check_head(person)
    check_focus(page)


def look_at(page: Page, accessible: Look, name: str) -> None:
    """Assert that a page is accessible in light and in dark; keep pictures where they are asked for."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        accessible(page)
        if "PICTURES" in os.environ:
            width = page.viewport_size["width"] if page.viewport_size else 0
            picture = Path(os.environ["PICTURES"]) / f"{name}-{width}-{scheme}.png"
            page.screenshot(path=picture, full_page=True)


def check_head(person: Person) -> None:
    """The page says its language, its address in both, and what it looks like where it is shared."""
    page, locale, site = person.page, person.locale, person.site
    path = page.url.partition("?")[0]
    assert page.locator("html").get_attribute("lang") == locale

    def head(selector: str, attribute: str) -> str:
        return page.locator(f"head {selector}").get_attribute(attribute) or ""

    assert head("link[rel=canonical]", "href") == path == head("meta[property='og:url']", "content")
    assert head("meta[property='og:title']", "content") in page.title()
    for name in ("meta[property='og:description']", "meta[name=description]"):
        assert 20 < len(head(name, "content")) <= 200
    other = "fr" if locale == "en" else "en"
    assert head(f"link[rel=alternate][hreflang={locale}]", "href") == path
    assert head(f"link[rel=alternate][hreflang={other}]", "href").startswith(f"{site.url}/{other}/")


def check_focus(page: Page) -> None:
    """Whatever the keyboard reaches shows that it is reached."""
    page.keyboard.press("Tab")
    assert page.locator(FOCUSABLE).evaluate_all(UNSEEN_FOCUS) == []
