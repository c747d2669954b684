"""Double clicks, the back button, two tabs: nobody is made to pay twice, or pays for what was replaced."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger.contributions.models import Pledge
from tests.factories.world import World
from tests.journeys import donors
from tests.journeys.browsers import Browser
from tests.journeys.donors import Gift, say
from tests.journeys.pages import Form
from tests.sandbox_server import CommandRefused


def sessions(world: World) -> list[str]:
    """Give the states of the provider's checkouts, the first first."""
    return [session["status"] for session in world.sandbox.objects("checkout.session")]


def from_another_tab(world: World, browser: Browser, form: Form, gift: Gift) -> str:
    """Send a form from another tab of the same browser; where that leads."""
    tab = world.browser()
    cookie = browser.client.get_cookie("ecot", "127.0.0.1")
    assert cookie is not None
    tab.client.set_cookie("ecot", cookie.value, domain="127.0.0.1")
    return tab.submit(form, gift.typed(), follow=False).headers["location"]


def test_a_form_sent_twice_is_one_pledge_and_one_checkout(world: World) -> None:
    browser = world.browser()
    form = donors.form_of(world, browser)
    first, second = (browser.submit(form, Gift().typed()) for _ in range(2))
    assert first.session == second.session
    assert (world.count(Pledge), sessions(world)) == (1, ["open"])


def test_a_form_sent_twice_at_the_same_instant_is_one_pledge_and_one_checkout(world: World) -> None:
    browser = world.browser()
    form = donors.form_of(world, browser)
    both = threading.Barrier(2)
    world.gateway.before["open_checkout"] = lambda: both.wait(timeout=30)
    with ThreadPoolExecutor(2) as threads:
        hosted = set(threads.map(lambda _: from_another_tab(world, browser, form, Gift()), range(2)))
    assert (len(hosted), world.count(Pledge), sessions(world)) == (1, 1, ["open"])
    world.sandbox.pay(hosted.pop().rpartition("/")[2])
    world.settle()
    world.check(contributions=1)


def test_going_back_and_giving_another_amount_replaces_the_first(world: World) -> None:
    browser = world.browser()
    form = donors.form_of(world, browser)
    first = browser.submit(form, Gift().typed())
    second = browser.submit(form, Gift(amount="60").typed())
    assert first.session != second.session
    world.work()
    assert sessions(world) == ["expired", "open"]
    with pytest.raises(CommandRefused, match="expired"):
        world.sandbox.pay(first.session)
    donors.pay(browser, second)
    world.settle()
    assert world.states() == ["replaced", "paid"]
    world.check(contributions=1)


def test_what_was_paid_before_it_could_be_replaced_stays_paid(world: World) -> None:
    browser = world.browser()
    form = donors.form_of(world, browser)
    first = browser.submit(form, Gift().typed())
    world.sandbox.pay(first.session)
    browser.submit(form, Gift(amount="60").typed())
    assert world.states() == ["replaced", "checkout_open"]
    world.settle()
    assert world.states() == ["paid", "checkout_open"]
    world.check(contributions=1)


def test_a_pledge_replaced_while_the_provider_was_asked_leads_nobody_to_its_checkout(world: World) -> None:
    browser = world.browser()
    form = donors.form_of(world, browser)
    hosted: list[str] = []

    def go_back() -> None:
        world.gateway.before.clear()
        hosted.append(from_another_tab(world, browser, form, Gift(amount="60")))

    world.gateway.before["open_checkout"] = go_back
    first = browser.submit(form, Gift().typed())
    assert first.heading == say("fr", "You filled the form in again")
    world.work()
    assert sorted(sessions(world)) == ["expired", "open"]
    world.sandbox.pay(hosted[0].rpartition("/")[2])
    world.settle()
    assert world.states() == ["replaced", "paid"]
    world.check(contributions=1)


def test_sending_the_form_again_after_paying_shows_what_became_of_it(world: World) -> None:
    browser = world.browser()
    form = donors.form_of(world, browser)
    donors.pay(browser, browser.submit(form, Gift().typed()))
    world.settle()
    again = browser.submit(form, Gift().typed())
    assert again.heading == say("fr", "Thank you, your payment is accepted")
    assert sessions(world) == ["complete"]
    world.check(contributions=1)


def test_giving_twice_on_purpose_is_two_gifts(world: World) -> None:
    for _ in range(2):
        donors.give_and_pay(world)
    assert world.states() == ["paid", "paid"]
    world.check(contributions=2)
