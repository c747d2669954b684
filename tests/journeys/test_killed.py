"""Killed at any step, and started again: a gift is in the book once, its proof is mailed once, nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from ledger import jobs
from ledger.sandbox import deliveries
from tests.factories.world import WHILE, World
from tests.journeys import donors
from tests.journeys.browsers import Browser
from tests.journeys.donors import Gift
from tests.journeys.mortals import Mortals

AFTER_A_DEATH = jobs.LEASE + timedelta(seconds=1)
MANY = 200


@pytest.fixture
def mortals(world: World) -> Iterator[Mortals]:
    """Processes of this world that can be killed. No sweep is made: what was lost has to be found by itself."""
    world.runner.periodic = ()
    with Mortals(world.environment) as mortals:
        yield mortals


def hear_of_a_gift(world: World, number: int) -> None:
    """Give and pay, let our balance move, and receive one notice of it."""
    gift = Gift(amount=str(number + 10), email=f"donor{number}@example.org")
    world.sandbox.pay(donors.give(world, world.browser(), gift).session)
    world.advance(WHILE)
    assert [sent["status"] for sent in world.deliver()] == [204]


def test_a_worker_may_be_killed_at_every_step(world: World, mortals: Mortals) -> None:
    world.sandbox.break_webhooks("lose", types=["payment_intent.*", "charge.*"], count=None)
    for steps in range(MANY):
        hear_of_a_gift(world, steps)
        killed = mortals.dies(at=steps, now=world.clock())
        world.advance(AFTER_A_DEATH)
        world.work()
        assert world.states() == ["paid"] * (steps + 1), f"killed at step {steps}"
        if not killed:
            break
    assert steps > 15, "the flow has more steps than that"
    assert world.failures == []
    world.check(contributions=steps + 1)


def test_the_site_may_be_killed_at_every_step_of_taking_a_gift(world: World, mortals: Mortals) -> None:
    for steps in range(MANY):
        browser = world.browser()
        gift = Gift(amount=str(steps + 10), email=f"donor{steps}@example.org")
        form = donors.form_of(world, browser, gift)
        sent = {name: value for name, value in {**form.fields, **gift.typed()}.items() if value is not None}
        request = {"path": form.action, "data": sent}
        killed = mortals.dies(at=steps, now=world.clock(), request=request, cookie=cookie_of(browser))
        hosted = browser.submit(form, gift.typed())
        assert len(world.sandbox.objects("checkout.session")) == steps + 1, f"killed at step {steps}"
        world.sandbox.pay(hosted.session)
        if not killed:
            break
    world.settle()
    assert steps > 4
    assert world.states() == ["paid"] * (steps + 1)
    world.check(contributions=steps + 1)


def test_the_site_may_be_killed_at_every_step_of_receiving_a_notice(world: World, mortals: Mortals) -> None:
    for steps in range(MANY):
        gift = Gift(amount=str(steps + 10), email=f"donor{steps}@example.org")
        world.sandbox.pay(donors.give(world, world.browser(), gift).session)
        killed = mortals.dies(at=steps, now=world.clock(), request=last_notice(world))
        if not killed:
            break
    world.settle()
    assert steps >= 2
    world.check(contributions=steps + 1)


def test_a_worker_without_room_for_any_file_loses_nothing(world: World, mortals: Mortals) -> None:
    world.sandbox.break_webhooks("lose", types=["payment_intent.*", "charge.*"], count=None)
    for number in range(2):
        hear_of_a_gift(world, number)
        assert not mortals.dies(at=None, now=world.clock(), room=100)
        assert world.mails() == []
        world.advance(timedelta(minutes=2))
    world.work()
    assert world.states() == ["paid"] * 2
    world.check(contributions=2)


def cookie_of(browser: Browser) -> str:
    cookie = browser.client.get_cookie("ecot", "127.0.0.1")
    assert cookie is not None
    return cookie.value


def last_notice(world: World) -> dict[str, Any]:
    """Give the request that brings the newest notice."""
    body = json.dumps(world.sandbox.objects("event")[-1])
    signature = deliveries.sign(body.encode(), [world.sandbox.webhook_secret], at=int(world.clock().timestamp()))
    headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
    return {"path": "/hooks/stripe", "data": body, "headers": headers}
