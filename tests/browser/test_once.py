"""Impatience and the back button in a real browser: however a form is sent, one gift is charged once."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.person import Gift, Person
from tests.browser.town import ORCHARD


def paid_sessions(person: Person, email: str) -> int:
    """Count what the provider took for somebody."""
    return sum(session["payment_status"] == "paid" for session in person.site.sessions_of(email))


@pytest.mark.parametrize(("locale", "screen"), [("fr", "390"), ("en", "1280")], indirect=["screen"])
def test_a_double_click_makes_one_pledge_and_one_charge(person: Person, locale: str) -> None:
    gift = Gift("21", f"double-{locale}@ici.example", "Zoé")
    person.open_gift_form(ORCHARD)
    person.type_gift(gift)
    person.button("Go on to the payment").dblclick()
    person.page.wait_for_url(f"{person.site.sandbox}/**")
    person.page.locator("#card").select_option("cb_visa")
    person.page.locator("form.chooser button").click()
    person.page.locator("form.card button").dblclick()
    person.wait_until_paid()
    assert len(person.site.sessions_of(gift.email)) == paid_sessions(person, gift.email) == 1
    assert len(person.site.pledges_of(gift.email)) == 1


@pytest.mark.parametrize(("locale", "screen"), [("en", "390"), ("fr", "1280")], indirect=["screen"])
def test_the_back_button_leads_to_the_same_payment_and_never_to_a_second_charge(person: Person, locale: str) -> None:
    gift = Gift("22", f"back-{locale}@ici.example", "Zoé")
    person.open_gift_form(ORCHARD)
    person.type_gift(gift)
    reference = person.send_gift()
    person.page.go_back()
    person.type_gift(gift)
    assert person.send_gift() == reference
    person.type_card("cb_visa")
    person.wait_until_paid()
    person.page.go_back()
    expect(person.page.locator("form.card")).to_have_count(0)
    assert len(person.site.sessions_of(gift.email)) == paid_sessions(person, gift.email) == 1
    assert person.site.pledges_of(gift.email) == [reference]
