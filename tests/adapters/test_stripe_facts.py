"""Stripe's objects read into facts: what is missing, null, new or strange in them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ledger.adapters import stripe_facts
from ledger.errors import Invalid
from ledger.money import Money
from ledger.ports import CheckoutStatus, FeePart, PaymentStatus


def make_movement(**changes: Any) -> dict[str, Any]:
    values = {
        "id": "txn_1",
        "amount": 2100,
        "available_on": 1_772_755_200,
        "created": 1_772_539_200,
        "currency": "eur",
        "description": None,
        "fee": 57,
        "fee_details": [
            {"amount": 50, "currency": "eur", "type": "stripe_fee", "description": "Stripe processing fees"},
            {"amount": 7, "currency": "eur", "type": "tax", "description": None},
        ],
        "net": 2043,
        "reporting_category": "charge",
        "source": "ch_1",
        "status": "pending",
        "type": "charge",
    }
    return values | changes


def make_charge(**changes: Any) -> dict[str, Any]:
    values = {
        "id": "ch_1",
        "amount": 2100,
        "balance_transaction": None,
        "created": 1_772_539_200,
        "currency": "eur",
        "failure_code": None,
        "paid": True,
        "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "0003", "country": "FR"}},
    }
    return values | changes


def make_intent(**changes: Any) -> dict[str, Any]:
    return {"id": "pi_1", "status": "succeeded", "latest_charge": None, "last_payment_error": None} | changes


def make_session(**changes: Any) -> dict[str, Any]:
    values = {
        "id": "cs_1",
        "amount_total": 2100,
        "client_reference_id": "pledge-42/1",
        "currency": "eur",
        "expires_at": 1_772_542_800,
        "livemode": False,
        "payment_intent": None,
        "status": "open",
    }
    return values | changes


def test_a_movement_is_read_with_the_parts_of_its_fee() -> None:
    facts = stripe_facts.balance_transaction(make_movement())

    assert (facts.amount, facts.fee, facts.net) == (Money(2100), Money(57), Money(2043))
    assert facts.fee_parts == (
        FeePart("stripe_fee", Money(50), "Stripe processing fees"),
        FeePart("tax", Money(7), ""),
    )
    assert facts.created == datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
    assert facts.available_on == datetime(2026, 3, 6, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(("source", "read"), [("re_1", "re_1"), (None, ""), ({"id": "ch_2"}, "ch_2")])
def test_the_source_of_a_movement_is_an_id_however_it_is_written(source: Any, read: str) -> None:
    assert stripe_facts.balance_transaction(make_movement(source=source)).source == read


@pytest.mark.parametrize(
    ("status", "read"),
    [
        ("requires_payment_method", PaymentStatus.WAITING),
        ("requires_confirmation", PaymentStatus.WAITING),
        ("requires_action", PaymentStatus.WAITING),
        ("processing", PaymentStatus.PROCESSING),
        ("succeeded", PaymentStatus.SUCCEEDED),
        ("canceled", PaymentStatus.CANCELED),
        ("requires_capture", PaymentStatus.UNKNOWN),
        ("succeeded_maybe", PaymentStatus.UNKNOWN),
    ],
)
def test_only_what_we_know_to_be_paid_is_paid(status: str, read: PaymentStatus) -> None:
    session = make_session(payment_intent=make_intent(status=status))

    assert stripe_facts.checkout(session).payment_status is read


@pytest.mark.parametrize(
    ("status", "read"),
    [
        ("open", CheckoutStatus.OPEN),
        ("complete", CheckoutStatus.COMPLETE),
        ("expired", CheckoutStatus.EXPIRED),
        ("paused", CheckoutStatus.UNKNOWN),
        (None, CheckoutStatus.UNKNOWN),
    ],
)
def test_a_status_that_stripe_adds_is_unknown_to_us(status: str | None, read: CheckoutStatus) -> None:
    assert stripe_facts.checkout(make_session(status=status)).status is read


def test_a_payment_is_read_down_to_its_movement() -> None:
    charge = make_charge(balance_transaction=make_movement())
    facts = stripe_facts.checkout(make_session(payment_intent=make_intent(latest_charge=charge)))

    assert facts.charge is not None
    assert (facts.charge.card_brand, facts.charge.card_last4, facts.charge.card_country) == ("visa", "0003", "FR")
    assert facts.balance_transaction is not None
    assert facts.balance_transaction.id == "txn_1"


@pytest.mark.parametrize("absent", [{}, {"payment_method_details": None}, {"payment_method_details": {"type": "link"}}])
def test_a_charge_without_a_card_shows_none(absent: dict[str, Any]) -> None:
    values = {name: value for name, value in make_charge().items() if name != "payment_method_details"}

    facts = stripe_facts.charge(values | absent)

    assert (facts.card_brand, facts.card_last4, facts.card_country) == ("", "", "")


def test_a_field_that_is_left_out_is_read_as_one_that_is_null() -> None:
    names = ("client_reference_id", "payment_intent", "status")
    left_out = {name: value for name, value in make_session().items() if name not in names}

    assert stripe_facts.checkout(left_out) == stripe_facts.checkout(make_session(**dict.fromkeys(names)))


def test_a_payment_that_was_not_expanded_is_a_fault_and_not_a_payment_that_is_missing() -> None:
    with pytest.raises(TypeError):
        stripe_facts.checkout(make_session(payment_intent="pi_1"))


def test_a_reason_without_a_code_is_no_reason() -> None:
    failed = make_intent(status="requires_payment_method", last_payment_error={"type": "api_error"})

    assert stripe_facts.checkout(make_session(payment_intent=failed)).error_code == ""


def test_a_currency_that_we_keep_no_books_in_is_refused_and_not_guessed() -> None:
    with pytest.raises(Invalid):
        stripe_facts.balance_transaction(make_movement(currency="jpy"))


@pytest.mark.parametrize("amount", [10.0, "10", None, True])
def test_an_amount_that_is_not_a_whole_number_is_refused(amount: Any) -> None:
    with pytest.raises(TypeError):
        stripe_facts.balance_transaction(make_movement(amount=amount))


@pytest.mark.parametrize(
    ("decline_code", "told"),
    [("insufficient_funds", "insufficient_funds"), ("stolen_card", "card_declined"), (None, "card_declined")],
)
def test_the_banks_reason_is_told_only_where_the_payer_may_know_it(decline_code: str | None, told: str) -> None:
    error = {"type": "card_error", "code": "card_declined", "decline_code": decline_code}
    refused = make_intent(status="requires_payment_method", last_payment_error=error)
    assert stripe_facts.checkout(make_session(payment_intent=refused)).error_code == told


def test_a_session_that_takes_no_money_is_read_as_one_of_nothing() -> None:
    facts = stripe_facts.checkout(make_session(amount_total=None, currency=None, client_reference_id=None))
    assert (facts.amount, facts.reference) == (Money(0), "")
