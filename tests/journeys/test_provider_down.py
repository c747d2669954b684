"""The provider does not answer, or answers with faults: the page says so, nothing is charged twice, all is retried."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories.world import World
from tests.journeys import donors
from tests.journeys.donors import Gift, say
from tests.journeys.pages import Page

CREATE = {"method": "POST", "path": "/v1/checkout/sessions"}
READ = {"method": "GET", "path": "/v1/checkout/sessions/*"}


def give(world: World) -> Page:
    browser = world.browser()
    return browser.submit(donors.form_of(world, browser), Gift().typed())


@pytest.mark.parametrize("action", [{"action": "close"}, {"action": "error", "status": 500}])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_pledge_is_kept_when_the_provider_fails_and_can_be_tried_again(
    world: World, when: str, action: dict[str, object]
) -> None:
    world.sandbox.break_calls(**CREATE, when=when, count=3, **action)
    page = give(world)
    assert page.heading == say("fr", "Your pledge is recorded")
    assert "n’a pas répondu" in page.text
    assert world.states() == ["pledged"]
    world.advance(timedelta(minutes=2))
    hosted = world.browser().submit(world.browser().open(page.url).form())
    assert hosted.status == 400, "a form of another browser is refused"
    browser = world.browser()
    hosted = browser.submit(browser.open(page.url).form())
    assert hosted.url.startswith(world.sandbox.url)
    assert world.states() == ["checkout_open"]
    donors.pay(browser, hosted)
    world.settle()
    world.advance(timedelta(hours=3))
    world.settle()
    assert world.states() == ["paid"]
    world.check(contributions=1)


def test_a_call_that_failed_after_its_effect_is_asked_again_under_the_same_key(world: World) -> None:
    world.sandbox.break_calls(**CREATE, when="after", action="close", count=1)
    hosted = give(world)
    assert hosted.url.startswith(world.sandbox.url)
    assert len(world.sandbox.objects("checkout.session")) == 1
    world.sandbox.pay(hosted.session)
    world.settle()
    world.check(contributions=1)


def test_while_the_provider_is_still_down_trying_again_says_so(world: World) -> None:
    world.sandbox.break_calls(**CREATE, when="before", action="error", status=503, count=6)
    browser = world.browser()
    page = browser.submit(donors.form_of(world, browser), Gift().typed())
    again = browser.submit(page.form())
    assert (
        say("fr", "The payment provider does not answer. Nothing was charged: try again in a few minutes.")
        in again.text
    )
    assert world.states() == ["pledged"]


def test_a_provider_that_cannot_be_read_again_is_asked_later(world: World) -> None:
    hosted = give(world)
    world.sandbox.pay(hosted.session)
    world.sandbox.break_calls(**READ, when="before", action="error", status=500, count=60)
    world.settle()
    assert world.states() == ["checkout_open"]
    assert world.failures
    world.sandbox.control("faults", clear=True)
    for _ in range(3):
        world.advance(timedelta(minutes=3))
        world.settle()
    assert world.states() == ["paid"]
    world.check(contributions=1)


def test_too_many_requests_is_not_a_refusal(world: World) -> None:
    world.sandbox.break_calls(**CREATE, when="before", action="error", status=429, count=1)
    browser = world.browser()
    page = browser.submit(donors.form_of(world, browser), Gift().typed())
    assert page.heading == say("fr", "Your pledge is recorded")
    assert browser.submit(page.form()).url.startswith(world.sandbox.url)


def test_a_replaced_checkout_is_let_go_once_the_provider_answers_again(world: World) -> None:
    browser = world.browser()
    form = donors.form_of(world, browser)
    browser.submit(form, Gift().typed())
    world.sandbox.break_calls(method="POST", path="/v1/checkout/sessions/*/expire", action="close", count=3)
    browser.submit(form, Gift(amount="60").typed())
    world.work()
    assert [each["status"] for each in world.sandbox.objects("checkout.session")] == ["open", "open"]
    world.advance(timedelta(minutes=1))
    world.work()
    assert [each["status"] for each in world.sandbox.objects("checkout.session")] == ["expired", "open"]
