"""What a payment provider tells, for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from ledger.money import Money
from ledger.ports import (
    BalanceTransactionFacts,
    ChargeFacts,
    CheckoutFacts,
    CheckoutStatus,
    EventFacts,
    PaymentStatus,
)

PAID_AT: Final = datetime(2026, 3, 3, 13, 5, tzinfo=UTC)


def make_movement(
    amount: int, fee: int = 0, *, name: str = "1", created: datetime = PAID_AT
) -> BalanceTransactionFacts:
    """The movement of our balance by a charge; amounts in cents."""
    return BalanceTransactionFacts(
        id=f"txn_{name}",
        amount=Money(amount),
        fee=Money(fee),
        net=Money(amount - fee),
        created=created,
        available_on=created + timedelta(days=3),
        type="charge",
        reporting_category="charge",
        source=f"ch_{name}",
        status="pending",
    )


def make_charge(amount: int, *, name: str = "1", created: datetime = PAID_AT) -> ChargeFacts:
    """A charge of a card; amount in cents."""
    return ChargeFacts(
        id=f"ch_{name}",
        amount=Money(amount),
        paid=True,
        created=created,
        method="card",
        card_brand="visa",
        card_last4="4242",
        card_country="FR",
    )


def make_facts(
    reference: str = "CK-1",
    *,
    status: CheckoutStatus = CheckoutStatus.OPEN,
    payment: PaymentStatus = PaymentStatus.NONE,
    amount: int = 5500,
    name: str = "1",
    error_code: str = "",
) -> CheckoutFacts:
    """A checkout as it was read again, without a charge."""
    return CheckoutFacts(
        session_id=f"cs_{name}",
        reference=reference,
        status=status,
        payment_status=payment,
        amount=Money(amount),
        expires_at=PAID_AT + timedelta(hours=2),
        livemode=False,
        payment_intent_id="" if payment is PaymentStatus.NONE else f"pi_{name}",
        error_code=error_code,
    )


def make_event(
    name: str = "1", *, kind: str = "checkout.session.completed", object_type: str = "checkout.session"
) -> EventFacts:
    """A notice about an object of the same name."""
    return EventFacts(
        id=f"evt_{name}",
        type=kind,
        created=PAID_AT,
        api_version="2026-10-28.endive",
        livemode=False,
        object_id=f"cs_{name}",
        object_type=object_type,
    )
