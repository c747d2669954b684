"""Stripe's objects, as decoded JSON, read into the facts of `ledger.ports`.

Pure: nothing here talks to anybody, so that every state of an object can be tested from its text. A field that
Stripe leaves out and a field that is null are the same to us; a value of an enumeration that we do not know is
UNKNOWN, because Stripe adds values to old versions of its API.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from ledger.money import Money, zero
from ledger.ports import (
    BalanceTransactionFacts,
    ChargeFacts,
    CheckoutFacts,
    CheckoutStatus,
    EventFacts,
    FeePart,
    PaymentStatus,
)

CHECKOUT_STATUSES: Final = {
    "open": CheckoutStatus.OPEN,
    "complete": CheckoutStatus.COMPLETE,
    "expired": CheckoutStatus.EXPIRED,
}

PAYMENT_STATUSES: Final = {
    "requires_payment_method": PaymentStatus.WAITING,
    "requires_confirmation": PaymentStatus.WAITING,
    "requires_action": PaymentStatus.WAITING,
    "processing": PaymentStatus.PROCESSING,
    "succeeded": PaymentStatus.SUCCEEDED,
    "canceled": PaymentStatus.CANCELED,
}
"""`requires_capture` is left out on purpose: we never ask for a hold, so one is nothing that we understand."""

TOLD_TO_PAYERS: Final = frozenset({"insufficient_funds", "card_velocity_exceeded", "withdrawal_count_limit_exceeded"})
"""Reasons of a bank that help the payer. Others (a card reported stolen, say) Stripe asks to tell nobody: they stay
`card_declined`."""

Values = Mapping[str, Any]


def checkout(session: Values) -> CheckoutFacts:
    """Read a Checkout Session whose `payment_intent.latest_charge.balance_transaction` is expanded.

    Raises:
        KeyError, TypeError: it is not a Checkout Session.
        Invalid: a currency that we do not keep books in.
    """
    payment = _expanded(session, "payment_intent")
    charged = _expanded(payment, "latest_charge")
    moved = _expanded(charged, "balance_transaction")
    return CheckoutFacts(
        session_id=session["id"],
        reference=session.get("client_reference_id") or "",
        status=CHECKOUT_STATUSES.get(session.get("status") or "", CheckoutStatus.UNKNOWN),
        payment_status=_payment_status(payment),
        amount=_money(session, "amount_total") if session.get("amount_total") is not None else zero(),
        expires_at=_instant(session["expires_at"]),
        livemode=session["livemode"],
        payment_intent_id=payment.get("id", ""),
        charge=charge(charged) if charged else None,
        balance_transaction=balance_transaction(moved) if moved else None,
        error_code=_why_refused(payment.get("last_payment_error") or {}),
    )


def _why_refused(error: Values) -> str:
    """Give the bank's own reason where the payer may know it, else the provider's code."""
    reason = error.get("decline_code") or ""
    return reason if reason in TOLD_TO_PAYERS else error.get("code") or ""


def _payment_status(payment: Values) -> PaymentStatus:
    if not payment:
        return PaymentStatus.NONE
    return PAYMENT_STATUSES.get(payment["status"], PaymentStatus.UNKNOWN)


def charge(values: Values) -> ChargeFacts:
    """Read a Charge, with what may be shown of the card that paid."""
    details = values.get("payment_method_details") or {}
    method = details.get("type") or ""
    card = details.get(method) or {}
    return ChargeFacts(
        id=values["id"],
        amount=_money(values, "amount"),
        paid=values["paid"] is True,
        created=_instant(values["created"]),
        method=method,
        card_brand=card.get("brand") or "",
        card_last4=card.get("last4") or "",
        card_country=card.get("country") or "",
        failure_code=values.get("failure_code") or "",
    )


def balance_transaction(values: Values) -> BalanceTransactionFacts:
    """Read a Balance Transaction. Its `source`, expanded or not, is kept as an id."""
    source = values.get("source") or ""
    return BalanceTransactionFacts(
        id=values["id"],
        amount=_money(values, "amount"),
        fee=_money(values, "fee"),
        net=_money(values, "net"),
        created=_instant(values["created"]),
        available_on=_instant(values["available_on"]),
        type=values["type"],
        reporting_category=values["reporting_category"],
        source=source if isinstance(source, str) else source["id"],
        status=values["status"],
        fee_parts=tuple(
            FeePart(kind=part["type"], amount=_money(part, "amount"), description=part.get("description") or "")
            for part in values.get("fee_details") or ()
        ),
    )


def event(values: Values) -> EventFacts:
    """Read an Event as a hint: which object to read again. Its snapshot of the object is not kept.

    Raises:
        KeyError, TypeError, ValueError: it is not an Event.
    """
    if values["object"] != "event":
        raise ValueError("not an event")
    about = values["data"]["object"]
    return EventFacts(
        id=_word(values["id"]),
        type=_word(values["type"]),
        created=_instant(values["created"]),
        api_version=values.get("api_version") or "",
        livemode=values["livemode"] is True,
        object_id=about.get("id") or "",
        object_type=about.get("object") or "",
        account=values.get("account") or "",
    )


def _expanded(values: Values, name: str) -> Values:
    """Give an expanded object, empty when there is none. An id alone would hide what we asked to see."""
    value = values.get(name)
    if isinstance(value, str):
        raise TypeError(f"{name} is not expanded")
    return value or {}


def _money(values: Values, name: str) -> Money:
    return Money(values[name], values["currency"].upper())


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _word(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("an identifier is a text")
    return value
