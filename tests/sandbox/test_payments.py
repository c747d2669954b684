"""What a payer does, and what the account sees of it: attempts, settlement, balance, expiry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import stripe

from ledger.sandbox import cards, fees
from ledger.sandbox.settlement import available_on
from tests.sandbox.gifts import OpenSession
from tests.sandbox_server import NOON, CommandRefused, SandboxServer

ATTEMPT = ["payment_intent.created"]
SUCCESS = ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]
DECLINE = ["charge.failed", "payment_intent.payment_failed"]
PUBLISHED = Path(__file__).parents[1] / "data/stripe/test-instruments.json"


def test_only_published_test_cards_are_known() -> None:
    published = {one["number"]: one for one in json.loads(PUBLISHED.read_text(encoding="utf-8"))["cards"]}
    for card in cards.published():
        assert published[card.number]["brand"] == card.brand
        assert published[card.number]["country"] == card.country
        declines = published[card.number]["behaviour"] in {"decline", "3ds_then_decline", "3ds_error"}
        assert declines == (card.code is not None and card.key != "declined_when_charged")


def test_a_payment_has_no_balance_transaction_until_a_little_later(
    sandbox: SandboxServer, client: stripe.StripeClient, open_session: OpenSession
) -> None:
    session = open_session(payment_intent_data={"metadata": {"pledge": "7"}, "transfer_group": "g"})
    assert sandbox.pay(session.id)["status"] == "succeeded"
    assert sandbox.events() == ATTEMPT + SUCCESS
    charge = client.v1.charges.list().data[0]
    assert charge.balance_transaction is None
    assert (charge.metadata["pledge"], charge.transfer_group, charge.amount) == ("7", "g", 5500)
    assert client.v1.balance_transactions.list().data == []
    sandbox.advance(2)
    assert sandbox.events() == [*ATTEMPT, *SUCCESS, "charge.updated"]
    [txn] = client.v1.balance_transactions.list(params={"source": charge.id, "type": "charge"}).data
    assert (txn.amount, txn.fee, txn.net, txn.status, txn.created) == (5500, 108, 5392, "pending", NOON + 2)
    assert client.v1.charges.retrieve(charge.id).balance_transaction == txn.id
    [updated] = [one for one in sandbox.objects("event") if one["type"] == "charge.updated"]
    assert updated["data"]["previous_attributes"] == {"balance_transaction": None}


def test_the_completed_session_tells_who_paid_and_closes(
    sandbox: SandboxServer, client: stripe.StripeClient, open_session: OpenSession
) -> None:
    session = open_session()
    sandbox.pay(session.id, name="Élise Núñez")
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid.customer_details is not None
    assert (paid.customer_details.email, paid.customer_details.name) == ("camille@example.org", "Élise Núñez")
    intent = client.v1.payment_intents.retrieve(str(paid.payment_intent))
    assert (intent.status, intent.amount_received) == ("succeeded", 5500)
    with pytest.raises(CommandRefused, match="the session is complete"):
        sandbox.pay(session.id)
    assert len(sandbox.objects("charge")) == 1


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000000069", "expired_card", None),
        ("4000000000000127", "incorrect_cvc", None),
        ("4000000000000119", "processing_error", None),
    ],
)
def test_a_declined_card_can_be_followed_by_another_in_the_same_session(
    sandbox: SandboxServer,
    client: stripe.StripeClient,
    open_session: OpenSession,
    card: str,
    code: str,
    decline_code: str | None,
) -> None:
    session = open_session()
    outcome = sandbox.pay(session.id, card=card)
    assert (outcome["status"], outcome["reason"]) == ("declined", decline_code or code)
    intent: Any = client.v1.payment_intents.retrieve(outcome["payment_intent"])
    assert intent.status == "requires_payment_method"
    assert (intent.last_payment_error.code, intent.last_payment_error.type) == (code, "card_error")
    assert getattr(intent.last_payment_error, "decline_code", None) == decline_code
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert sandbox.pay(session.id)["payment_intent"] == intent.id
    assert sandbox.events() == ATTEMPT + DECLINE + SUCCESS
    assert client.v1.payment_intents.retrieve(intent.id).last_payment_error is None


def test_three_d_secure_is_passed_failed_or_left(sandbox: SandboxServer, open_session: OpenSession) -> None:
    session = open_session()
    asked = [*ATTEMPT, "payment_intent.requires_action"]
    assert sandbox.pay(session.id, card="3ds", three_d_secure="close")["status"] == "requires_action"
    assert sandbox.events() == asked
    failed = sandbox.pay(session.id, card="3ds", three_d_secure="fail")
    assert failed["reason"] == "payment_intent_authentication_failure"
    assert sandbox.events() == [*asked, "payment_intent.requires_action", "payment_intent.payment_failed"]
    assert sandbox.pay(session.id, card="3ds")["status"] == "succeeded"
    [charge] = sandbox.objects("charge")
    assert charge["payment_method_details"]["card"]["three_d_secure"]["result"] == "authenticated"


def test_a_card_can_be_declined_after_three_d_secure(sandbox: SandboxServer, open_session: OpenSession) -> None:
    outcome = sandbox.pay(open_session().id, card="4000008260003178")
    assert (outcome["status"], outcome["reason"]) == ("declined", "insufficient_funds")
    assert sandbox.events() == [*ATTEMPT, "payment_intent.requires_action", *DECLINE]


def test_no_card_number_is_ever_stored(tmp_path: Path, sandbox: SandboxServer, open_session: OpenSession) -> None:
    session = open_session()
    for card in cards.published()[-3:]:
        sandbox.pay(session.id, card=card.number)
    sandbox.pay(session.id, card="4000002760003184")
    sandbox.stop()
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    sandbox.start()
    assert b"3184" in kept
    assert not [card for card in cards.published() if card.number.encode() in kept]


@pytest.mark.parametrize(
    ("country", "amount", "fee"),
    [("FR", 5500, 108), ("GB", 5500, 163), ("US", 5500, 204), ("FR", 50, 26), ("FR", 1_000_000, 15_025)],
)
def test_fees_depend_on_the_country_and_are_rounded_half_up(country: str, amount: int, fee: int) -> None:
    assert fees.settle(amount, "eur", country=country, at=NOON).fee == fee


def test_fees_are_those_in_force_on_the_day() -> None:
    april_9, april_10 = 1_681_041_599, 1_681_084_800
    assert fees.settle(10_000, "eur", country="FR", at=april_9).fee == 165
    assert fees.settle(10_000, "eur", country="FR", at=april_10).fee == 175


def test_another_currency_is_converted_to_euros(
    sandbox: SandboxServer, client: stripe.StripeClient, open_session: OpenSession
) -> None:
    sandbox.pay(open_session().id, currency="usd")
    sandbox.advance(2)
    [txn] = client.v1.balance_transactions.list(params={"currency": "eur"}).data
    assert (txn.amount, txn.exchange_rate, txn.fee) == (5060, 0.92, 202)


def test_money_is_available_after_three_working_days(
    sandbox: SandboxServer, client: stripe.StripeClient, open_session: OpenSession
) -> None:
    sandbox.pay(open_session().id)
    sandbox.pay(open_session().id, card="available_at_once")
    sandbox.advance(2)
    held = client.v1.balance.retrieve()
    assert (held.available[0].amount, held.pending[0].amount) == (5392, 5392)
    sandbox.control("clock", set=available_on(NOON))
    held = client.v1.balance.retrieve()
    assert (held.available[0].amount, held.pending[0].amount) == (10784, 0)
    assert {txn.status for txn in client.v1.balance_transactions.list().data} == {"available"}


def test_weekends_are_no_working_days() -> None:
    friday, wednesday = 1_772_798_400, 1_773_187_200
    assert available_on(friday) == wednesday


def test_a_session_expires_by_the_clock_at_its_own_instant(
    sandbox: SandboxServer, client: stripe.StripeClient, open_session: OpenSession
) -> None:
    session = open_session(expires_at=NOON + 1800)
    sandbox.pay(session.id, card="declined")
    sandbox.advance(1799)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    sandbox.advance(86_400)
    expired = client.v1.checkout.sessions.retrieve(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    assert sandbox.events()[-2:] == ["payment_intent.canceled", "checkout.session.expired"]
    assert sandbox.objects("event")[-1]["created"] == NOON + 1800
    with pytest.raises(CommandRefused, match="the session is expired"):
        sandbox.pay(session.id)


def test_a_session_is_expired_once_and_never_when_paid(
    sandbox: SandboxServer, client: stripe.StripeClient, open_session: OpenSession
) -> None:
    session = open_session()
    assert client.v1.checkout.sessions.expire(session.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="has a status of `expired`"):
        client.v1.checkout.sessions.expire(session.id)
    paid = open_session()
    sandbox.pay(paid.id)
    with pytest.raises(stripe.InvalidRequestError, match="has a status of `complete`"):
        client.v1.checkout.sessions.expire(paid.id)


def test_a_paid_amount_can_be_made_to_differ(sandbox: SandboxServer, open_session: OpenSession) -> None:
    outcome = sandbox.pay(open_session().id, amount=1234)
    assert outcome["session"]["amount_total"] == 1234
    assert sandbox.objects("charge")[0]["amount"] == 1234


def test_an_event_keeps_the_object_as_it_was(sandbox: SandboxServer, open_session: OpenSession) -> None:
    session = open_session()
    sandbox.pay(session.id, card="declined")
    sandbox.pay(session.id)
    created = next(one for one in sandbox.objects("event") if one["type"] == "payment_intent.created")
    assert created["data"]["object"]["status"] == "requires_payment_method"
    assert created["request"] == {"id": None, "idempotency_key": None}


def test_an_event_names_the_request_that_caused_it(client: stripe.StripeClient, open_session: OpenSession) -> None:
    session = open_session()
    client.v1.checkout.sessions.expire(session.id, options={"idempotency_key": "expire:1"})
    [event] = client.v1.events.list(params={"types": ["checkout.session.expired"]}).data
    assert event.request is not None
    assert event.request.idempotency_key == "expire:1"
    assert event.api_version == "2026-10-28.endive"
