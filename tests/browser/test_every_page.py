"""Every page in both languages, on both screens, light and dark: what holds for each of them."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser import town
from tests.browser.conftest import SCREENS, Look
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
def keys(chromium: Browser, site: Site) -> dict[str, Any]:
    """The cookies of each persona, signed in once."""
    found: dict[str, Any] = {"": []}
    for role in ("donor", "leader", "treasurer"):
        context = chromium.new_context()
        page = context.new_page()
        page.goto(site.sign_in_link(role))
        page.locator("main button").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("M" if role != "treasurer" else "C")
        found[role] = context.cookies()
        context.close()
    return found


@pytest.fixture
def screen() -> ViewportSize:
    """The telephone; a test here looks at its page on the other screen itself, without asking for it again."""
    return SCREENS["390"]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: str(stop.name))
def test_a_page_is_right_in_every_way_that_all_pages_are(
    site: Site, keys: dict[str, Any], person: Person, accessible: Look, stop: Stop, locale: str
) -> None:
    page = person.page
    page.context.add_cookies(keys[stop.persona])
    answer = page.goto(site.url + stop.path[locale])
    assert answer
    assert answer.status == stop.status
    if stop.act:
        stop.act(person)
    look_at(page, accessible, f"{stop.name}-{locale}")
    expect(page).to_have_title(f"{stop.title[locale]} · Écot")
    check_head(person)
    check_focus(page)


@pytest.mark.parametrize("locale", LOCALES)
def test_no_two_pages_have_one_title(locale: str) -> None:
    pages = defaultdict(set)
    for stop in STOPS:
        pages[stop.title[locale]].add(stop.path[locale].partition("?")[0])
    assert [title for title, paths in pages.items() if len(paths) > 1] == []


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    ("state", "payment"),
    [
        ("pledged", town.pledged),
        ("checkout_open", town.left),
        ("expired", town.expired),
        ("replaced", town.replaced),
        ("unallocated", town.unallocated),
    ],
)
def test_the_page_of_a_payment_tells_its_state(
    site: Site, person: Person, accessible: Look, state: str, payment: town.Payment, locale: str
) -> None:
    reference = payment(site, locale, f"{state}-{locale}")
    person.page.goto(site.status_url(reference, locale))
    expect(person.page.locator(f"#status-{state}")).to_be_visible()
    look_at(person.page, accessible, f"status-{state}-{locale}")
    check_head(person)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_page_of_a_payment_changes_by_itself_until_the_gift_is_in_the_book(
    site: Site, person: Person, accessible: Look, locale: str
) -> None:
    reference = town.left(site, locale, f"by-itself-{locale}")
    with site.clock_stopped():
        person.page.goto(site.status_url(reference, locale))
        person.page.evaluate("window.stayed = true")
        expect(person.page.locator("#status-checkout_open")).to_be_visible()
        town.pay(site, reference, card="declined")
        expect(person.page.get_by_role("heading", level=1)).to_have_text(person.say("The payment was refused"))
        look_at(person.page, accessible, f"status-refused-{locale}")
        town.pay(site, reference)
        expect(person.page.locator("#status-confirmed")).to_be_visible()
        look_at(person.page, accessible, f"status-confirmed-{locale}")
    person.wait_until_paid()
    look_at(person.page, accessible, f"status-paid-{locale}")
    assert person.page.evaluate("window.stayed")


@pytest.mark.parametrize("locale", LOCALES)
def test_the_providers_pages_are_accessible_too(site: Site, person: Person, accessible: Look, locale: str) -> None:
    reference = town.left(site, locale, f"provider-{locale}")
    address = site.sessions(reference)[-1]["url"]
    person.page.goto(address)
    look_at(person.page, accessible, f"sandbox-{locale}")
    person.page.locator("form.card button").click()
    look_at(person.page, accessible, f"sandbox-errors-{locale}")
    person.type_card("3ds")
    look_at(person.page, accessible, f"sandbox-challenge-{locale}")
    town.close(site, reference)
    person.page.goto(address)
    look_at(person.page, accessible, f"sandbox-expired-{locale}")


def look_at(page: Page, accessible: Look, name: str) -> None:
    """Assert that a page is accessible on both screens; keep pictures in the directory PICTURES, if one is named."""
    for width, screen in reversed(SCREENS.items()):
        page.set_viewport_size(screen)
        accessible(page)
        if folder := os.environ.get("PICTURES"):
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
            page.emulate_media(color_scheme="dark")
            page.screenshot(path=Path(folder) / f"{name}-{width}-dark.png", full_page=True)
            page.emulate_media(color_scheme="light")


def check_head(person: Person) -> None:
    """The page says its language, its address in both, and what it looks like where it is shared."""
    page, locale, site = person.page, person.locale, person.site
    path = page.url.partition("?")[0]
    assert page.locator("html").get_attribute("lang") == locale
    title = page.title()
    head: dict[str, str] = page.locator("head").evaluate(HEAD)
    other = "fr" if locale == "en" else "en"
    assert head["canonical"] == head["og:url"] == head[locale] == path
    assert head[other].startswith(f"{site.url}/{other}/")
    assert title.endswith(f"{head['og:title']} · Écot")
    assert 20 < len(head["description"]) <= 200
    assert head["og:description"] == head["description"]
    assert page.request.get(head["og:image"]).ok


HEAD: Final = """head => Object.fromEntries([
  ...[...head.querySelectorAll('link[rel=alternate]')].map(node => [node.hreflang, node.href]),
  ...[...head.querySelectorAll('link[rel=canonical]')].map(node => ['canonical', node.href]),
  ...[...head.querySelectorAll('meta')].map(node => [node.getAttribute('property') || node.name, node.content]),
])"""


def check_focus(page: Page) -> None:
    """Whatever the keyboard reaches shows that it is reached."""
    page.keyboard.press("Tab")
    assert page.locator(FOCUSABLE).evaluate_all(UNSEEN_FOCUS) == []
