"""A gift from a browser that runs no scripts: nothing of the journey needs one."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser import journey
from tests.browser.conftest import SCREENS
from tests.browser.person import Gift, Person
from tests.browser.site import Site

pytestmark = pytest.mark.pdf

TITLE = "Des partitions pour l’harmonie"


@pytest.mark.parametrize(("locale", "width"), [("fr", "390"), ("en", "1280")])
def test_a_gift_needs_no_script(chromium: Browser, site: Site, locale: str, width: str) -> None:
    context = chromium.new_context(viewport=SCREENS[width], java_script_enabled=False)
    person = Person(context.new_page(), site, locale, scripts=False)
    gift = Gift("18", f"calm-{locale}@ici.example", "Anouk" if locale == "fr" else "Fern")
    journey.find_project(person, TITLE)
    address = person.page.url
    reference = journey.fill_the_form(person, gift)
    with site.clock_stopped():
        person.type_card("cb_visa")
        person.page.wait_for_url(site.status_url(reference, locale))
        person.refresh_until(person.page.locator("#status-confirmed"))
    person.refresh_until(person.page.locator("#status-paid"))
    journey.open_own_page(person, gift)
    journey.change_how_one_appears(person, gift, address)
    context.close()
