"""Money that came otherwise than pledged is in the book, in suspense, before the treasurer's eyes, and not a gift."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ledger.projects import projects
from tests.factories.world import World
from tests.journeys import donors
from tests.journeys.donors import Gift, say


@pytest.mark.parametrize(
    ("paid", "reason"),
    [
        ({"amount": 2400}, "amount_differs"),
        ({"amount": 2600}, "amount_differs"),
        ({"currency": "usd"}, "currency_differs"),
        ({"currency": "gbp", "amount": 100}, "currency_differs"),
        ({"currency": "chf"}, "currency_differs"),
    ],
)
def test_a_payment_of_another_amount_or_currency_is_held_in_suspense(
    world: World, paid: dict[str, object], reason: str
) -> None:
    browser = world.browser()
    hosted = donors.give(world, browser)
    world.sandbox.pay(hosted.session, **paid)
    world.settle()
    assert world.states() == ["unallocated"]
    assert [held for held, _ in world.held()] == [reason]
    page = browser.open(world.sandbox.objects("checkout.session")[0]["success_url"])
    assert page.heading == say("fr", "Your payment has arrived and is being checked")
    treasurer = donors.sign_in(world, "ines@amis-du-lavoir.example")
    told = treasurer.open(world.path("treasurer.home"))
    assert say("fr", "Waiting for your decision") in told.text
    assert len(told.table()) == 2
    other = donors.sign_in(world, "theo@amis-du-verger.example")
    assert say("fr", "Waiting for your decision") not in other.open(world.path("treasurer.home")).text
    assert world.mails("camille@example.org") == [], "no proof of a gift that is none yet"
    world.check(contributions=0, unallocated=1)


def test_a_pledge_paid_by_two_checkouts_is_one_gift_and_one_payment_in_suspense(world: World) -> None:
    browser = world.browser()
    form = donors.form_of(world, browser)
    first = browser.submit(form, Gift().typed())
    world.clock.advance(timedelta(hours=2, minutes=1))  # by our clock the first has expired, by the provider's not yet
    second = browser.submit(form, Gift().typed())
    assert first.session != second.session
    for hosted in (second, first):
        world.sandbox.pay(hosted.session)
    world.sandbox.advance(7260)
    world.settle()
    assert world.states() == ["paid"]
    assert world.held() == [("paid_twice", 2500)]
    world.check(contributions=1, unallocated=1)


def test_a_gift_paid_while_its_project_was_closed_is_received(world: World) -> None:
    browser = world.browser()
    hosted = donors.give(world, browser)
    with world.means.database.transaction() as session:
        projects.close(projects.get(session, "lavoir"), now=world.clock())
    assert browser.open(world.path("public.give", slug="lavoir")).status == 409
    back = donors.pay(browser, hosted)
    world.settle()
    assert browser.open(back.url).heading == say("fr", "Thank you, your payment is accepted")
    assert world.states() == ["paid"]
    world.check(contributions=1)


def test_a_project_that_closed_before_the_donor_began_to_pay_takes_nothing(world: World) -> None:
    browser = world.browser()
    form = donors.form_of(world, browser)
    with world.means.database.transaction() as session:
        projects.close(projects.get(session, "lavoir"), now=world.clock())
    page = browser.submit(form, Gift().typed())
    assert page.status == 409
    assert page.heading == say("fr", "This project does not take contributions at the moment")
    assert world.states() == []


def test_a_pledge_cannot_be_tried_again_once_its_project_is_closed_and_the_page_says_so(world: World) -> None:
    browser = world.browser()
    donors.give(world, browser)
    world.advance(timedelta(hours=3))
    world.settle()
    with world.means.database.transaction() as session:
        projects.close(projects.get(session, "lavoir"), now=world.clock())
    page = browser.open(world.sandbox.objects("checkout.session")[0]["success_url"])
    refused = browser.submit(page.form())
    assert say("fr", "This project does not take contributions at the moment. Nothing was charged.") in refused.text
    assert len(world.sandbox.objects("checkout.session")) == 1
