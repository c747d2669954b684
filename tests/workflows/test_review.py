"""What a second reading of the workflows asked for."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from ledger import jobs
from ledger.adapters.memory import MemoryGateway
from ledger.books import verify
from ledger.contributions.lifecycle import PledgeState
from ledger.contributions.models import Pledge, PledgeAttempt
from ledger.db import Database
from ledger.errors import Invalid
from ledger.money import Money
from ledger.organisations import organisations
from ledger.payments import checkouts
from ledger.ports import CheckoutLine, CheckoutRequest, CheckoutStatus
from ledger.reconciliation import checks
from ledger.workflows import follow_payment, open_checkout, take_pledge
from tests.factories.contributions import make_request
from tests.factories.payments import make_movement
from tests.factories.world import make_town


def test_a_book_that_takes_no_entry_holds_up_no_other_book(database: Database, frozen_now: datetime) -> None:
    gateway = MemoryGateway(now=frozen_now)
    with database.transaction() as session:
        make_town(session)
        organisation = organisations.get(session, "amis-du-lavoir")
        code = organisations.chart_of(session, organisation).code_of("gifts")
        closing = "UPDATE account SET closed_on = '2020-01-01' WHERE book_id = :book AND code = :code"
        session.execute(sa.text(closing), {"book": organisation.book_id, "code": code})
    for project in ("lavoir", "verger"):
        pay(database, gateway, project)
    gateway.now += timedelta(minutes=10)
    with pytest.raises(Invalid, match="checkouts_not_settled"):
        follow_payment.sweep(database, gateway, now=gateway.now)
    assert states(database) == [PledgeState.CHECKOUT_OPEN, PledgeState.PAID]


def pay(database: Database, gateway: MemoryGateway, project: str) -> None:
    """Give to a project, with no notice of it."""
    with database.transaction() as session:
        reference = take_pledge.take(session, make_request(project=project), now=gateway.now).reference
    url = open_checkout.run(
        database, gateway, reference=reference, status_url=lambda pledge, _: f"https://x/{pledge}", now=gateway.now
    )
    gateway.pay(url.rpartition("/")[2], fee=Money(63))


def states(database: Database) -> list[PledgeState]:
    with database.reading() as session:
        return list(session.scalars(sa.select(Pledge.state).order_by(Pledge.id)))


def test_a_movement_that_nothing_explains_is_kept_and_named_by_verify(database: Database, frozen_now: datetime) -> None:
    gateway = MemoryGateway(now=frozen_now)
    with database.transaction() as session:
        make_town(session)
    payout = dataclasses.replace(
        make_movement(-5000, 0, created=frozen_now), id="txn_out", type="payout", reporting_category="payout"
    )
    gateway.move(payout)
    gateway.now += timedelta(minutes=10)
    for _twice in range(2):
        follow_payment.sweep(database, gateway, now=gateway.now)
    with database.reading() as session:
        named = {problem.id for problem in verify.verify(session, more=checks.CHECKS)}
    assert named == {"txn_out"}


def test_a_gift_that_is_paid_lets_its_other_payment_pages_go(database: Database, frozen_now: datetime) -> None:
    gateway = MemoryGateway(now=frozen_now)
    runner = jobs.Runner(
        database,
        {
            "release_checkout": lambda ids: follow_payment.release(database, gateway, now=gateway.now, **ids),
            "deliver_attestation": lambda _ids: None,
        },
        clock=lambda: gateway.now,
    )
    with database.transaction() as session:
        make_town(session)
        pledge = take_pledge.take(session, make_request(project="verger"), now=gateway.now)
        session.flush()
        slow = checkouts.new(session, pledge.amount + pledge.tip, now=gateway.now)
        session.add(PledgeAttempt(checkout_id=slow.id, pledge_id=pledge.id, number=1))
        slow.created_at -= timedelta(minutes=5)
        slow_reference = slow.reference
    url = open_checkout.run(
        database,
        gateway,
        reference=pledge.reference,
        status_url=lambda reference, _: f"https://x/{reference}",
        now=gateway.now,
    )
    late = gateway.open_checkout(make_checkout_request(slow_reference, now=gateway.now))
    with database.transaction() as session:
        checkouts.opened(session, slow.id, late)
    gateway.pay(url.rpartition("/")[2], fee=Money(63))
    gateway.now += timedelta(minutes=10)
    follow_payment.sweep(database, gateway, now=gateway.now)
    runner.run_pending()
    assert gateway.fetch_checkout(late.session_id).status is CheckoutStatus.EXPIRED
    assert states(database) == [PledgeState.PAID]


def make_checkout_request(reference: str, *, now: datetime) -> CheckoutRequest:
    return CheckoutRequest(
        reference=reference,
        idempotency_key=f"late:{reference}",
        lines=(CheckoutLine("Gift", Money(5000)),),
        email="camille@example.org",
        locale="fr",
        success_url="https://x/",
        cancel_url="https://x/",
        expires_at=now + timedelta(hours=2),
        description="Gift",
    )
