"""The whole journey of one gift, as a person goes it: from the town's projects to the treasurer's statement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import pytest
from playwright.sync_api import expect

from tests.browser import journey
from tests.browser.conftest import Look
from tests.browser.person import Gift, Person

pytestmark = pytest.mark.pdf

Way: TypeAlias = Callable[[Person, str], None]


def decline_then_pay(person: Person, reference: str) -> None:
    """The first card is refused there and then, without leaving the provider's page."""
    del reference
    person.type_card("insufficient_funds")
    expect(person.page.get_by_role("alert")).to_be_visible()
    person.type_card("cb_visa")


def fail_to_authenticate_then_pass(person: Person, reference: str) -> None:
    """The bank does not recognise the donor, who comes back, reads why, and tries again."""
    person.type_card("3ds")
    person.page.locator("button[value=fail]").click()
    expect(person.page.get_by_role("alert")).to_be_visible()
    person.page.locator(".summary a").click()
    person.page.wait_for_url(person.site.status_url(reference, person.locale))
    expect(person.page.get_by_role("heading", level=1)).to_have_text(person.say("The payment was refused"))
    person.button("Go back to the payment").click()
    person.type_card("3ds")
    person.page.locator("button[value=pass]").click()


def cancel_then_pay_in_another_tab(person: Person, reference: str) -> None:
    """The donor turns back; while the page is still open, the payment is made in another tab."""
    person.page.locator(".summary a").click()
    expect(person.page.get_by_role("heading", level=1)).to_have_text(person.say("Your payment is not finished"))
    other = Person(person.page.context.new_page(), person.site, person.locale)
    other.page.goto(person.site.status_url(reference, person.locale))
    other.button("Go back to the payment").click()
    other.type_card("cb_visa")
    other.page.wait_for_url(person.site.status_url(reference, person.locale))
    other.page.close()


def expire_then_pay(person: Person, reference: str) -> None:
    """The donor lets the payment page lie until it closes, and begins again from the gift's own page."""
    session = person.site.sessions(reference)[-1]
    with person.site.clock_stopped():
        person.site.control("clock", set=session["expires_at"] + 1)
        person.page.reload()
        person.page.locator("a.first").click()
        expect(person.page.get_by_role("heading", level=1)).to_have_text(person.say("The time to pay ran out"))
    person.button("Try the payment again").click()
    person.type_card("cb_visa")


OVEN, HEDGE, BICYCLE, HALL = (
    "Un four à pain au lavoir",
    "Une haie pour l’école",
    "Le vélo qui livre",
    "La salle commune se chauffe au bois",
)
WAYS: Final = [
    ("fr", "390", OVEN, decline_then_pay, Gift("35", "ada@ici.example", "Ada")),
    ("en", "390", HEDGE, fail_to_authenticate_then_pass, Gift("€12.05", "bea@ici.example", "Béa")),
    ("fr", "1280", BICYCLE, cancel_then_pay_in_another_tab, Gift("1 234,50 €", "eve@ici.example", "Ève", tip="3,20")),
    ("en", "1280", HALL, expire_then_pay, Gift("1,234.50", "lou@ici.example", "Lou", tip="2")),
]


@pytest.mark.parametrize(("locale", "screen", "title", "way", "gift"), WAYS, indirect=["screen"])
def test_a_gift_goes_from_the_list_of_projects_to_the_treasurers_statement(
    person: Person, accessible: Look, title: str, way: Way, gift: Gift
) -> None:
    journey.find_project(person, title)
    address = person.page.url
    reference = journey.fill_the_form(person, gift)
    accessible(person.page)
    way(person, reference)
    person.page.wait_for_url(person.site.status_url(reference, person.locale))
    person.wait_until_paid()
    accessible(person.page)
    journey.open_own_page(person, gift)
    journey.change_how_one_appears(person, gift, address)
    person.button("Sign out").click()
    paid = journey.read_the_dashboard(person, title, gift)
    person.button("Sign out").click()
    journey.draw_the_statement(person, title, gift, paid)
    assert person.site.ecot("books", "verify").returncode == 0
