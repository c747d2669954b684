"""A gift made with the keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.person import PROJECT, Person
from tests.browser.town import OVEN

FARTHEST = 60
"""No control is more presses of Tab away than this."""


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until a control is focused."""
    for _ in range(FARTHEST):
        page.keyboard.press("Tab")
        if wanted.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError(f"Tab does not reach {wanted}")


def type_into(page: Page, selector: str, text: str) -> None:
    tab_to(page, page.locator(selector))
    page.keyboard.type(text)


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_a_gift_needs_no_mouse(person: Person) -> None:
    page, keys = person.page, person.page.keyboard
    person.open(PROJECT[person.locale] + OVEN)
    keys.press("Tab")
    keys.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    tab_to(page, person.link("Give to this project").first)
    keys.press("Enter")
    page.wait_for_url(f"**/{OVEN}/*")
    tab_to(page, page.locator("#amount_choice-5000"))
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    type_into(page, "#amount", "15,50")
    type_into(page, "#first_name", "Ida")
    type_into(page, "#last_name", "Lemoine")
    type_into(page, "#email", f"ida-{person.locale}@ici.example")
    tab_to(page, page.locator("#name_shown-full"))
    keys.press("ArrowDown")
    tab_to(page, page.locator("#amount_shown"))
    keys.press("Space")
    expect(page.locator("#amount_shown")).not_to_be_checked()
    tab_to(page, person.button("Go on to the payment"))
    keys.press("Enter")
    page.wait_for_url(f"{person.site.sandbox}/**")
    expect(page.locator(".summary .amount")).to_contain_text("15")
    type_into(page, "#card", "CB / Visa")
    tab_to(page, page.locator("form.chooser button"))
    keys.press("Space")
    tab_to(page, page.locator("form.card button"))
    keys.press("Enter")
    person.wait_until_paid()
