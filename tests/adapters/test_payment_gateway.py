"""What every payment gateway promises, asked of the fake and of Stripe's adapter against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ledger import money
from ledger.money import Money
from ledger.ports import (
    CheckoutLine,
    CheckoutRequest,
    CheckoutStatus,
    GatewayRefused,
    GatewayUnavailable,
    PaymentStatus,
)
from tests.adapters.providers import MemoryProvider, Provider, stripe_provider


@pytest.fixture(params=["memory", "stripe"])
def provider(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Provider]:
    if request.param == "memory":
        yield MemoryProvider()
    else:
        with stripe_provider(tmp_path) as provider:
            yield provider


def make_request(provider: Provider, *amounts: int, number: int = 1) -> CheckoutRequest:
    return CheckoutRequest(
        reference=f"pledge-{number}/1",
        idempotency_key=f"cs:pledge-{number}:1",
        lines=tuple(CheckoutLine(f"Ligne {i}", Money(minor)) for i, minor in enumerate(amounts or (2000, 100))),
        email="zoe.durand@exemple.fr",
        locale="fr",
        success_url="https://ecot.example/fr/merci?cs={CHECKOUT_SESSION_ID}",
        cancel_url="https://ecot.example/fr/projets/jardin",
        expires_at=provider.now() + timedelta(hours=1),
        description="Jardin partagé des Izards",
    )


def open_one(provider: Provider, *amounts: int, number: int = 1) -> str:
    return provider.gateway.open_checkout(make_request(provider, *amounts, number=number)).session_id


def test_an_open_checkout_tells_what_we_asked_and_that_nothing_was_paid(provider: Provider) -> None:
    request = make_request(provider, 2000, 100)

    opened = provider.gateway.open_checkout(request)

    assert opened.url.startswith("http")
    assert opened.expires_at == request.expires_at
    facts = provider.gateway.fetch_checkout(opened.session_id)
    assert (facts.session_id, facts.reference) == (opened.session_id, request.reference)
    assert facts.status is CheckoutStatus.OPEN
    assert facts.payment_status is PaymentStatus.NONE
    assert facts.amount == Money(2100)
    assert facts.expires_at == request.expires_at
    assert facts.charge is None
    assert facts.balance_transaction is None
    assert (facts.livemode, facts.payment_intent_id, facts.error_code) == (False, "", "")


def test_asked_twice_with_one_key_it_is_one_checkout(provider: Provider) -> None:
    request = make_request(provider)

    first = provider.gateway.open_checkout(request)
    again = provider.gateway.open_checkout(request)

    assert again == first
    assert provider.sessions() == 1


def test_one_key_with_another_request_is_refused(provider: Provider) -> None:
    request = make_request(provider)
    provider.gateway.open_checkout(request)

    with pytest.raises(GatewayRefused):
        provider.gateway.open_checkout(replace(request, reference="another"))
    assert provider.sessions() == 1


@pytest.mark.parametrize("amounts", [(0,), (-2000,), (2000, 0), (2000, -100), (49,), (100_000_000,), (99_999_999, 1)])
def test_an_amount_out_of_bounds_is_refused(provider: Provider, amounts: tuple[int, ...]) -> None:
    with pytest.raises(GatewayRefused):
        open_one(provider, *amounts)
    assert provider.sessions() == 0


def test_a_currency_other_than_the_euro_is_refused(provider: Provider) -> None:
    line = CheckoutLine("Don", Money(2000, "USD"))

    with pytest.raises(GatewayRefused):
        provider.gateway.open_checkout(replace(make_request(provider), lines=(line,)))
    assert provider.sessions() == 0


@pytest.mark.parametrize("amount", [50, 99_999_999])
def test_the_smallest_and_the_largest_amount_are_taken(provider: Provider, amount: int) -> None:
    assert provider.gateway.fetch_checkout(open_one(provider, amount)).amount == Money(amount)


@pytest.mark.parametrize("time", [timedelta(minutes=29), timedelta(hours=24, minutes=1), timedelta(hours=-1)])
def test_a_checkout_lives_from_half_an_hour_to_a_day(provider: Provider, time: timedelta) -> None:
    request = replace(make_request(provider), expires_at=provider.now() + time)

    with pytest.raises(GatewayRefused):
        provider.gateway.open_checkout(request)


def test_a_payment_is_told_before_our_balance_moves_and_again_when_it_does(provider: Provider) -> None:
    session_id = open_one(provider, 2000, 100)

    provider.pay(session_id)
    paid = provider.gateway.fetch_checkout(session_id)
    provider.settle(session_id)
    settled = provider.gateway.fetch_checkout(session_id)

    assert paid.status is CheckoutStatus.COMPLETE
    assert paid.payment_status is PaymentStatus.SUCCEEDED
    assert paid.balance_transaction is None
    assert paid.charge is not None
    assert paid.charge.paid
    assert paid.charge.amount == Money(2100)
    assert (paid.charge.method, paid.charge.card_country, len(paid.charge.card_last4)) == ("card", "FR", 4)
    assert replace(settled, balance_transaction=None) == paid


def test_a_movement_of_our_balance_names_its_charge_and_its_parts_add_up(provider: Provider) -> None:
    session_id = open_one(provider, 2100)
    provider.pay(session_id)
    provider.settle(session_id)

    facts = provider.gateway.fetch_checkout(session_id)

    movement = facts.balance_transaction
    assert movement is not None
    assert facts.charge is not None
    assert movement.source == facts.charge.id
    assert movement.amount == Money(2100)
    assert movement.fee > money.zero()
    assert movement.net == movement.amount - movement.fee
    assert money.total(part.amount for part in movement.fee_parts) == movement.fee
    assert (movement.type, movement.reporting_category) == ("charge", "charge")
    assert facts.charge.created <= movement.created <= movement.available_on
    assert list(provider.gateway.list_balance_transactions(since=facts.charge.created)) == [movement]


@pytest.mark.parametrize("code", ["card_declined", "expired_card"])
def test_a_refused_card_leaves_the_checkout_open_with_its_reason(provider: Provider, code: str) -> None:
    session_id = open_one(provider)

    provider.decline(session_id, code=code)

    facts = provider.gateway.fetch_checkout(session_id)
    assert facts.status is CheckoutStatus.OPEN
    assert facts.payment_status is PaymentStatus.WAITING
    assert facts.error_code == code
    assert facts.charge is not None
    assert not facts.charge.paid
    assert facts.charge.failure_code == code
    assert facts.balance_transaction is None


def test_another_card_after_a_refused_one_pays_the_same_checkout(provider: Provider) -> None:
    session_id = open_one(provider)
    provider.decline(session_id, code="card_declined")
    refused = provider.gateway.fetch_checkout(session_id)

    provider.pay(session_id)

    facts = provider.gateway.fetch_checkout(session_id)
    assert facts.payment_status is PaymentStatus.SUCCEEDED
    assert facts.payment_intent_id == refused.payment_intent_id
    assert facts.error_code == ""
    assert facts.charge is not None
    assert refused.charge is not None
    assert facts.charge.paid
    assert facts.charge.id != refused.charge.id


def test_what_was_charged_is_told_even_when_it_is_not_what_was_asked(provider: Provider) -> None:
    session_id = open_one(provider, 2100)

    provider.pay(session_id, amount=Money(1000))

    facts = provider.gateway.fetch_checkout(session_id)
    assert facts.amount == Money(1000)
    assert facts.charge is not None
    assert facts.charge.amount == Money(1000)


def test_closing_an_open_checkout_twice_closes_it_once(provider: Provider) -> None:
    session_id = open_one(provider)

    first = provider.gateway.expire_checkout(session_id)
    again = provider.gateway.expire_checkout(session_id)

    assert first.status is CheckoutStatus.EXPIRED
    assert again == first == provider.gateway.fetch_checkout(session_id)


def test_closing_a_paid_checkout_only_reads_it(provider: Provider) -> None:
    session_id = open_one(provider)
    provider.pay(session_id)

    facts = provider.gateway.expire_checkout(session_id)

    assert facts.status is CheckoutStatus.COMPLETE
    assert facts.payment_status is PaymentStatus.SUCCEEDED


def test_a_checkout_expires_by_itself_when_its_time_has_come(provider: Provider) -> None:
    session_id = open_one(provider)

    provider.advance(timedelta(minutes=61))

    assert provider.gateway.fetch_checkout(session_id).status is CheckoutStatus.EXPIRED


def test_a_checkout_that_does_not_exist_is_refused(provider: Provider) -> None:
    with pytest.raises(GatewayRefused):
        provider.gateway.fetch_checkout("cs_test_none")
    with pytest.raises(GatewayRefused):
        provider.gateway.expire_checkout("cs_test_none")


def test_a_checkout_is_found_by_its_payment_and_a_payment_by_its_charge(provider: Provider) -> None:
    session_ids = [open_one(provider, 2000 + number, number=number) for number in (1, 2)]
    for session_id in session_ids:
        provider.pay(session_id)

    for session_id in session_ids:
        facts = provider.gateway.fetch_checkout(session_id)
        assert facts.charge is not None
        assert provider.gateway.payment_of_charge(facts.charge.id) == facts.payment_intent_id
        assert provider.gateway.find_checkout(payment_intent_id=facts.payment_intent_id) == session_id


def test_a_payment_or_a_charge_that_does_not_exist_finds_nothing(provider: Provider) -> None:
    assert provider.gateway.find_checkout(payment_intent_id="pi_none") is None
    assert provider.gateway.payment_of_charge("ch_none") is None


def test_movements_are_listed_newest_first_from_an_instant_on(provider: Provider) -> None:
    ids = []
    for number in (1, 2, 3):
        session_id = open_one(provider, 2000 + number, number=number)
        provider.pay(session_id)
        provider.settle(session_id)
        movement = provider.gateway.fetch_checkout(session_id).balance_transaction
        assert movement is not None
        ids.append((movement.created, movement.id))

    every = list(provider.gateway.list_balance_transactions(since=ids[0][0]))
    late = list(provider.gateway.list_balance_transactions(since=ids[1][0]))

    assert [movement.id for movement in every] == [ids[2][1], ids[1][1], ids[0][1]]
    assert [movement.id for movement in late] == [ids[2][1], ids[1][1]]


def test_notices_can_be_listed_again_and_name_what_to_read(provider: Provider) -> None:
    since = provider.now()
    session_id = open_one(provider)
    provider.decline(session_id, code="card_declined")
    provider.pay(session_id)
    provider.settle(session_id)
    facts = provider.gateway.fetch_checkout(session_id)
    assert facts.charge is not None

    events = list(provider.gateway.list_events(since=since))

    told = {event.type: event for event in events}
    assert told["checkout.session.completed"].object_id == session_id
    assert told["checkout.session.completed"].object_type == "checkout.session"
    assert told["payment_intent.succeeded"].object_id == facts.payment_intent_id
    assert told["payment_intent.payment_failed"].object_id == facts.payment_intent_id
    assert told["charge.updated"].object_id == facts.charge.id
    assert {event.livemode for event in events} == {False}
    assert len({event.id for event in events}) == len(events)
    assert [event.created for event in events] == sorted((event.created for event in events), reverse=True)
    assert list(provider.gateway.list_events(since=provider.now() + timedelta(seconds=1))) == []


def test_a_checkout_that_failed_to_open_can_be_asked_for_again(provider: Provider) -> None:
    provider.break_call("open_checkout", after=False)
    request = make_request(provider)

    with pytest.raises(GatewayUnavailable):
        provider.gateway.open_checkout(request)
    assert provider.sessions() == 0

    opened = provider.gateway.open_checkout(request)
    assert provider.gateway.fetch_checkout(opened.session_id).reference == request.reference


def test_a_checkout_whose_answer_was_lost_is_the_same_one_when_asked_again(provider: Provider) -> None:
    provider.break_call("open_checkout", after=True)
    request = make_request(provider)

    with pytest.raises(GatewayUnavailable):
        provider.gateway.open_checkout(request)
    assert provider.sessions() == 1

    opened = provider.gateway.open_checkout(request)
    assert provider.sessions() == 1
    assert provider.gateway.fetch_checkout(opened.session_id).reference == request.reference


def test_a_reading_that_failed_can_be_tried_again(provider: Provider) -> None:
    session_id = open_one(provider)
    since = provider.now()
    provider.break_call("fetch_checkout", after=False)
    provider.break_call("list_balance_transactions", after=False)

    with pytest.raises(GatewayUnavailable):
        provider.gateway.fetch_checkout(session_id)
    with pytest.raises(GatewayUnavailable):
        list(provider.gateway.list_balance_transactions(since=since))

    assert provider.gateway.fetch_checkout(session_id).session_id == session_id
    assert list(provider.gateway.list_balance_transactions(since=since)) == []
