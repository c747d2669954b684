"""Notices, doubts and silence of the provider are all answered alike: read the checkout again, then settle.

Each act reads over the network with no transaction open, then settles in one. A notice only says what to read.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import structlog

from ledger import jobs
from ledger.contributions import pledges
from ledger.db import Database
from ledger.errors import Invalid, NotFound, Refused
from ledger.payments import balance, checkouts, inbox
from ledger.payments.models import Checkout, InboxEvent
from ledger.people import links
from ledger.ports import BalanceTransactionFacts, EventFacts, GatewayRefused, PaymentGateway
from ledger.workflows import settle_charge

log = structlog.get_logger(__name__)

SWEEP_BACK: Final = timedelta(hours=48)
"""How far a sweep looks back: notices are delivered again for three days, sweeps come every few minutes."""

QUIET: Final = timedelta(minutes=5)
"""A checkout that is open for longer than this without a word is read again."""

LAPSES: Final = timedelta(hours=24)
"""A pledge that never reached the provider's page lapses after this."""


def receive(database: Database, event: EventFacts, *, now: datetime) -> None:
    """Keep a notice and the work it asks for, once, in one transaction. Nothing else is done while it waits."""
    with database.transaction() as session:
        if inbox.receive(session, event, now=now):
            jobs.enqueue(session, "act_on_event", now=now, event_id=event.id)


def act_on_event(database: Database, gateway: PaymentGateway, *, event_id: str, now: datetime) -> None:
    """Do what a notice asks for; its effects and its end are one commit.

    Raises:
        GatewayUnavailable: read again later.
    """
    with database.reading() as session:
        event = session.get(InboxEvent, event_id)
        if event is None or event.processed_at is not None:
            return
        known = checkouts.session_of_payment(session, event.object_id)
    session_id = known or _checkout_of(gateway, event)
    facts = gateway.fetch_checkout(session_id) if session_id else None
    with database.transaction() as session:
        waiting = inbox.waiting(session, event_id)
        if waiting is None:
            return
        outcome = settle_charge.settle(session, facts, now=now) if facts else "passed_over"
        inbox.done(waiting, outcome, now=now)


def _checkout_of(gateway: PaymentGateway, event: InboxEvent) -> str | None:
    """Find which checkout a notice is about; none when it is about nothing of ours."""
    if event.object_type not in inbox.SUPPORTED:
        return None
    if event.object_type == "checkout.session":
        return event.object_id
    payment: str | None = event.object_id
    if event.object_type == "charge":
        payment = gateway.payment_of_charge(event.object_id)
    return gateway.find_checkout(payment_intent_id=payment) if payment else None


def reread(database: Database, gateway: PaymentGateway, *, checkout_id: int, now: datetime) -> None:
    """Read one checkout again and settle it.

    Raises:
        GatewayUnavailable: read again later.
    """
    with database.reading() as session:
        checkout = session.get_one(Checkout, checkout_id)
    if checkout.session_id:
        _settle(database, gateway, checkout.session_id, now=now)


def release(database: Database, gateway: PaymentGateway, *, checkout_id: int, now: datetime) -> None:
    """Close a checkout that was replaced, so that it cannot be paid by mistake; settle it if it was paid after all.

    Raises:
        GatewayUnavailable: try again later.
    """
    with database.reading() as session:
        checkout = session.get_one(Checkout, checkout_id)
    if not checkout.session_id:
        return
    facts = gateway.expire_checkout(checkout.session_id)
    with database.transaction() as session:
        settle_charge.settle(session, facts, now=now)


def sweep(database: Database, gateway: PaymentGateway, *, now: datetime) -> None:
    """Find what no notice told: missed notices, movements of our balance not in the book, checkouts gone quiet.

    Raises:
        GatewayUnavailable: what was found until then is kept; the next sweep goes on.
        Invalid: some checkouts cannot be settled and somebody has to look; all others were.
    """
    since = now - SWEEP_BACK
    with database.reading() as session:
        quiet = checkouts.unfinished(session, before=now - QUIET) + pledges.unfinished_confirmed(session)
    _catch_up_events(database, gateway, since=since, now=now)
    movements = [each for each in gateway.list_balance_transactions(since=since) if each.created < now - QUIET]
    found = dict.fromkeys([*quiet, *_unbooked(database, gateway, movements)])
    contradictory = [session_id for session_id in found if not _settles(database, gateway, session_id, now=now)]
    with database.transaction() as session:
        for movement in movements:
            # What nothing above explains (a refund made elsewhere, a payout) has no entry: `books verify` names it.
            balance.record(session, movement)
        pledges.expire_abandoned(session, before=now - LAPSES, now=now)
        links.forget_old(session, now=now)
    if contradictory:
        raise Invalid("checkouts_not_settled", sessions=contradictory)


def _catch_up_events(database: Database, gateway: PaymentGateway, *, since: datetime, now: datetime) -> None:
    events = list(gateway.list_events(since=since))
    with database.reading() as session:
        known = inbox.known(session, [event.id for event in events])
    for event in reversed(events):
        if event.id not in known and event.object_type in inbox.SUPPORTED:
            receive(database, event, now=now)


def _unbooked(database: Database, gateway: PaymentGateway, movements: Iterable[BalanceTransactionFacts]) -> list[str]:
    """List the checkouts whose charges moved our balance without an entry in the book."""
    charges = {each.id: each.source for each in movements if each.reporting_category == "charge"}
    with database.reading() as session:
        booked = balance.booked(session, charges)
    payments = [gateway.payment_of_charge(source) for id_, source in charges.items() if id_ not in booked]
    found = [gateway.find_checkout(payment_intent_id=payment) for payment in payments if payment]
    return [session_id for session_id in found if session_id]


def _settles(database: Database, gateway: PaymentGateway, session_id: str, *, now: datetime) -> bool:
    """Settle a checkout; false when somebody has to look at it or at its book, which must not stop the others."""
    try:
        _settle(database, gateway, session_id, now=now)
    except (Invalid, Refused, NotFound):
        log.exception("checkout_not_settled", session=session_id)
        return False
    return True


def _settle(database: Database, gateway: PaymentGateway, session_id: str, *, now: datetime) -> None:
    try:
        facts = gateway.fetch_checkout(session_id)
    except GatewayRefused as refusal:
        log.warning("checkout_unknown_to_provider", session=session_id, refusal=str(refusal))
        return
    with database.transaction() as session:
        settle_charge.settle(session, facts, now=now)
