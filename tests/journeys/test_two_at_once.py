"""Two workers, two donors, two tabs at the same instant: each thing is done once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from ledger import wiring
from ledger.payments.models import Checkout, InboxEvent
from ledger.workflows import follow_payment
from tests.factories.world import WHILE, World
from tests.journeys import donors
from tests.journeys.donors import Gift


def at_once(*acts: Callable[[], object]) -> None:
    """Do things in threads of their own, and raise what they raise."""
    with ThreadPoolExecutor(len(acts)) as threads:
        for done in [threads.submit(act) for act in acts]:
            done.result(timeout=60)


def pay_unheard(world: World) -> None:
    """Pay a gift, let our balance move, and hear all of it without acting on anything."""
    browser = world.browser()
    hosted = donors.give(world, browser)
    world.sandbox.pay(hosted.session)
    world.advance(WHILE)
    world.deliver()


def meet_after_reading(world: World, number: int) -> None:
    """Make every reading at the provider wait until so many of them were made."""
    barrier = threading.Barrier(number)

    def meet() -> None:
        if not barrier.broken:
            barrier.wait(timeout=30)

    world.gateway.after["fetch_checkout"] = meet


def test_two_workers_on_one_notice_book_it_once(world: World) -> None:
    pay_unheard(world)
    with world.means.database.reading() as session:
        event = session.scalars(sa.select(InboxEvent.id).where(InboxEvent.type == "charge.updated")).one()
    meet_after_reading(world, 2)

    def act() -> None:
        follow_payment.act_on_event(world.means.database, world.gateway, event_id=event, now=world.clock())

    at_once(act, act)
    world.gateway.after.clear()
    world.settle()
    assert world.states() == ["paid"]
    world.check(contributions=1)


def test_two_workers_on_two_notices_of_one_payment_book_it_once(world: World) -> None:
    pay_unheard(world)
    with world.means.database.reading() as session:
        types = ["charge.updated", "checkout.session.completed"]
        events = session.scalars(sa.select(InboxEvent.id).where(InboxEvent.type.in_(types))).all()
    meet_after_reading(world, 2)

    def acting_on(event: str) -> Callable[[], None]:
        return lambda: follow_payment.act_on_event(
            world.means.database, world.gateway, event_id=event, now=world.clock()
        )

    at_once(*map(acting_on, events))
    world.gateway.after.clear()
    world.settle()
    assert world.states() == ["paid"]
    world.check(contributions=1)


def test_a_notice_a_sweep_and_a_second_look_at_once_book_a_payment_once(world: World) -> None:
    pay_unheard(world)
    with world.means.database.reading() as session:
        event = session.scalars(sa.select(InboxEvent.id).where(InboxEvent.type == "charge.updated")).one()
        checkout = session.scalars(sa.select(Checkout.id)).one()
    world.advance(2 * follow_payment.QUIET)
    meet_after_reading(world, 3)
    given = (world.means.database, world.gateway)
    at_once(
        lambda: follow_payment.act_on_event(*given, event_id=event, now=world.clock()),
        lambda: follow_payment.reread(*given, checkout_id=checkout, now=world.clock()),
        lambda: follow_payment.sweep(*given, now=world.clock()),
    )
    world.gateway.after.clear()
    world.settle()
    assert world.states() == ["paid"]
    world.check(contributions=1)


def test_two_workers_share_the_work_of_several_gifts(world: World) -> None:
    for amount in ("10", "20", "30", "40"):
        hosted = donors.give(world, world.browser(), Gift(amount=amount, email=f"d{amount}@example.org"))
        world.sandbox.pay(hosted.session)
    for _ in range(2):
        world.deliver()
        runners = [wiring.runner(world.means) for _ in range(2)]
        at_once(*(runner.run_pending for runner in runners))
        world.sandbox.advance(30)
        world.clock.advance(WHILE)
    world.settle()
    assert world.states() == ["paid"] * 4
    world.check(contributions=4)


def test_one_notice_delivered_twice_at_once_is_kept_once(world: World) -> None:
    hosted = donors.give(world, world.browser())
    world.sandbox.break_webhooks("duplicate", types=["*"], count=None)
    world.sandbox.pay(hosted.session)
    at_once(world.deliver, world.deliver)
    world.settle()
    world.check(contributions=1)
