"""Hosted checkouts as we know them: made before the provider is asked, followed by what it tells."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger import references
from ledger.money import Money
from ledger.payments.models import Charge, Checkout, CheckoutState
from ledger.ports import ChargeFacts, CheckoutFacts, CheckoutStatus, OpenedCheckout

LASTS: Final = timedelta(hours=2)
"""How long a checkout stays open. Stripe allows 30 minutes to 24 hours."""

ASKED_AGAIN_WITHIN: Final = timedelta(minutes=1)
"""Asked again this soon (a double click, two tabs), it is the same question under the same key. Later it is another
attempt: Stripe answers a key for a day with whatever it answered first, be it a fault of its own. The checkout that
may have been opened unanswered cannot be paid, for nobody was sent there."""

_STATE: Final = {
    CheckoutStatus.OPEN: CheckoutState.OPEN,
    CheckoutStatus.COMPLETE: CheckoutState.COMPLETE,
    CheckoutStatus.EXPIRED: CheckoutState.EXPIRED,
}


def new(session: Session, amount: Money, *, now: datetime) -> Checkout:
    """Make a checkout that the provider does not know yet."""
    checkout = Checkout(
        reference=references.new("CK"),
        amount=amount,
        state=CheckoutState.REQUESTED,
        created_at=now,
        expires_at=(now + LASTS).replace(microsecond=0),
    )
    session.add(checkout)
    session.flush()  # its key is needed at once, by the attempt that names it
    return checkout


def can_be_asked_again(checkout: Checkout, now: datetime) -> bool:
    """Whether asking the provider with the same key still gives this same checkout."""
    return checkout.state is CheckoutState.REQUESTED and now - checkout.created_at < ASKED_AGAIN_WITHIN


def is_open(checkout: Checkout, now: datetime) -> bool:
    """Whether a payer can be sent to it."""
    return checkout.state is CheckoutState.OPEN and checkout.expires_at > now


def opened(session: Session, checkout_id: int, opened_as: OpenedCheckout) -> None:
    """Note where to send the payer, unless a notice that came first already told more."""
    checkout = session.get_one(Checkout, checkout_id, with_for_update=True)
    checkout.session_id = opened_as.session_id
    checkout.url = opened_as.url
    if checkout.state is CheckoutState.REQUESTED:
        checkout.state = CheckoutState.OPEN


def locate(session: Session, facts: CheckoutFacts) -> Checkout | None:
    """Find our checkout by its reference, which the provider gives back, and lock it; none if it is not ours."""
    query = sa.select(Checkout).where(Checkout.reference == facts.reference).with_for_update()
    return session.scalars(query).one_or_none()


def is_outdated(checkout: Checkout, facts: CheckoutFacts) -> bool:
    """Whether a reading was overtaken by a later one: a checkout that has ended is never open again."""
    return facts.status is CheckoutStatus.OPEN and checkout.state in {CheckoutState.COMPLETE, CheckoutState.EXPIRED}


def follow(checkout: Checkout, facts: CheckoutFacts, *, now: datetime) -> None:
    """Note what was read of a checkout; complete and expired are final, whatever an older reading says."""
    checkout.read_at = now
    checkout.session_id = facts.session_id
    checkout.payment_intent_id = facts.payment_intent_id or checkout.payment_intent_id
    checkout.error_code = facts.error_code
    if checkout.state in {CheckoutState.REQUESTED, CheckoutState.OPEN}:
        checkout.state = _STATE.get(facts.status, checkout.state)


def record_charge(session: Session, checkout: Checkout, facts: ChargeFacts) -> Charge:
    """Keep what the provider took, once."""
    known = session.get(Charge, facts.id)
    if known is not None:
        return known
    charge = Charge(
        id=facts.id,
        checkout_id=checkout.id,
        amount=facts.amount,
        method=facts.method,
        card_brand=facts.card_brand,
        card_last4=facts.card_last4,
        card_country=facts.card_country,
        created=facts.created,
    )
    session.add(charge)
    session.flush()  # contributions name it
    return charge


def session_of_payment(session: Session, payment_intent_id: str) -> str | None:
    """Give the provider's id of the checkout that a payment belongs to, as far as we know it."""
    return session.scalar(sa.select(Checkout.session_id).where(Checkout.payment_intent_id == payment_intent_id))


def unfinished(session: Session, *, before: datetime) -> list[str]:
    """List the open checkouts made before an instant, by the provider's ids, oldest first."""
    query = sa.select(Checkout.session_id).where(
        Checkout.state == CheckoutState.OPEN, Checkout.created_at < before, Checkout.session_id.is_not(None)
    )
    return [found for found in session.scalars(query.order_by(Checkout.created_at)) if found]
