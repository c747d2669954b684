"""Notices from the provider: forged, repeated, shuffled, too early, too late, never. The book is right all the same."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import stripe

from ledger.payments.models import InboxEvent
from ledger.sandbox import deliveries
from tests.factories.world import WHILE, World
from tests.journeys import donors
from tests.journeys.donors import Gift


def send(world: World, body: bytes, *, at: int = 0, secret: str = "") -> int:
    """Send a notice, signed `at` seconds from now; give the status of the answer."""
    stamp = int(world.clock().timestamp()) + at
    key = secret or world.sandbox.webhook_secret
    headers = {"Stripe-Signature": deliveries.sign(body, [key], at=stamp), "Content-Type": "application/json"}
    return world.app.test_client().post("/hooks/stripe", data=body, headers=headers).status_code


def notice(world: World, **other: Any) -> bytes:
    """Write the notice of a session that nobody opened."""
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "checkout.session.completed",
        "created": int(world.clock().timestamp()),
        "api_version": stripe.api_version,
        "livemode": False,
        "data": {"object": {"id": "cs_test_of_another", "object": "checkout.session"}},
    }
    return json.dumps(event | other).encode()


def test_a_notice_that_the_provider_did_not_sign_is_refused(world: World) -> None:
    body = notice(world)
    assert send(world, body, secret="whsec_of_somebody_else") == 400
    assert send(world, body, at=-301) == 400
    assert send(world, body, at=301) == 400
    assert send(world, body, at=10 * 365 * 86400) == 400
    for headers in ({}, {"Stripe-Signature": "t=,v1="}, {"Stripe-Signature": "\xff"}):
        assert world.app.test_client().post("/hooks/stripe", data=body, headers=headers).status_code == 400
    assert world.count(InboxEvent) == 0


def test_a_notice_that_cannot_be_read_is_refused_even_if_it_is_signed(world: World) -> None:
    for body in (b"", b"\xff\xfe\x00", b"[]", b"null", b"{}", b'{"object": "event"}', notice(world)[:-1]):
        assert send(world, body) == 400, body
    assert world.count(InboxEvent) == 0


def test_a_notice_of_two_megabytes_is_refused_unread(world: World) -> None:
    assert send(world, notice(world, padding="x" * 2_000_000)) == 413
    assert world.count(InboxEvent) == 0


def test_a_notice_of_the_other_mode_is_refused(world: World) -> None:
    assert send(world, notice(world, livemode=True)) == 400
    assert world.count(InboxEvent) == 0


def test_a_notice_of_a_kind_that_we_do_not_know_is_kept_and_passed_over(world: World) -> None:
    strange = {"object": {"id": "xx_1", "object": "quantum.entanglement"}}
    assert send(world, notice(world, type="quantum.entangled", data=strange)) == 204
    assert send(world, notice(world, id="evt_2", type="payout.paid", data={"object": {"object": "payout"}})) == 204
    assert world.work() == 2
    assert world.failures == []
    assert world.count(InboxEvent) == 2
    world.check(contributions=0)


def test_a_tampered_notice_is_refused_and_the_true_one_comes_later(world: World) -> None:
    world.sandbox.break_webhooks("tamper", types=["checkout.session.*"])
    world.sandbox.break_webhooks("lose", types=["payment_intent.*", "charge.*"], count=None)
    donors.pay(browser := world.browser(), donors.give(world, browser))
    assert [sent["status"] for sent in world.deliver()] == [400]
    world.work()
    assert world.states() == ["checkout_open"]
    world.advance(timedelta(hours=1))
    world.settle()
    world.check(contributions=1)


@pytest.mark.parametrize("action", ["duplicate", "twin", "reorder", "stale", "unacknowledged", "delay", "drop"])
def test_whatever_happens_to_notices_on_their_way_the_gift_is_booked_once(world: World, action: str) -> None:
    rule = {"seconds": 400} if action in {"stale", "delay", "reorder"} else {}
    world.sandbox.break_webhooks(action, types=["*"], count=None, **rule)
    donors.pay(browser := world.browser(), donors.give(world, browser))
    world.settle()
    for _ in range(3):
        world.advance(timedelta(minutes=10))
        world.settle()
    assert world.states() == ["paid"]
    world.check(contributions=1)


def test_a_replayed_notice_changes_nothing(world: World) -> None:
    donors.give_and_pay(world)
    before = world.count(InboxEvent)
    for event in world.sandbox.objects("event"):
        world.sandbox.control("redeliver", event=event["id"])
    assert {sent["status"] for sent in world.deliver()} == {204}
    world.work()
    assert world.count(InboxEvent) == before
    world.check(contributions=1)


def test_notices_that_all_arrive_before_our_own_note_of_the_checkout_are_acted_on(world: World) -> None:
    def pay_at_once() -> None:
        world.gateway.after.clear()
        (session,) = world.sandbox.objects("checkout.session")
        world.sandbox.pay(session["id"])
        world.settle()
        assert world.states() == ["paid"]

    world.gateway.after["open_checkout"] = pay_at_once
    browser = world.browser()
    browser.submit(donors.form_of(world, browser), Gift().typed())
    assert world.states() == ["paid"]
    world.settle()
    world.check(contributions=1)


def test_when_no_notice_ever_comes_the_sweep_finds_the_gift(world: World) -> None:
    world.sandbox.break_webhooks("lose", types=["*"], count=None)
    donors.pay(browser := world.browser(), donors.give(world, browser))
    world.work()
    world.advance(timedelta(minutes=16))
    assert world.deliver() == []
    world.work()
    assert world.states() == ["paid"]
    world.check(contributions=1)


def test_a_balance_transaction_that_comes_late_is_waited_for(world: World) -> None:
    donors.pay(browser := world.browser(), donors.give(world, browser))
    world.deliver()
    world.work()
    world.clock.advance(10 * WHILE)
    world.work()
    assert world.states() == ["confirmed"], "the provider's own clock stands still: our balance did not move"
    world.settle()
    assert world.states() == ["paid"]
    world.check(contributions=1)
