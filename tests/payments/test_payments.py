"""Everything that the provider tells is kept once, and what has ended does not begin again."""

from __future__ import annotations

import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import permutations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from ledger.db import Database
from ledger.errors import Invalid
from ledger.money import Money
from ledger.payments import balance, checkouts, inbox
from ledger.payments.models import BalanceTransaction, Charge, Checkout, CheckoutState, InboxEvent
from ledger.ports import CheckoutStatus, OpenedCheckout, PaymentStatus
from tests.factories.books import make_book, make_entry
from tests.factories.payments import make_charge, make_event, make_facts, make_movement

TOGETHER = 6
INSTANT = timedelta(microseconds=1)


def unsaved(state: CheckoutState = CheckoutState.OPEN) -> Checkout:
    return Checkout(reference="CK-1", state=state, session_id="cs_1", payment_intent_id=None, error_code="", url="")


def test_a_notice_is_kept_once_however_often_it_is_delivered(database: Database, frozen_now: datetime) -> None:
    with database.transaction() as session:
        assert inbox.receive(session, make_event(), now=frozen_now)
        assert not inbox.receive(session, make_event(), now=frozen_now)
    with database.transaction() as session:
        assert not inbox.receive(session, make_event(), now=frozen_now + timedelta(days=1))
        assert inbox.receive(session, make_event("2"), now=frozen_now)
        event = session.get_one(InboxEvent, "evt_1")
        assert (event.object_type, event.object_id, event.received_at) == ("checkout.session", "cs_1", frozen_now)


def test_of_deliveries_at_once_one_is_kept(database: Database, frozen_now: datetime) -> None:
    ready = threading.Barrier(TOGETHER, timeout=60)

    def deliver(_number: int) -> bool:
        ready.wait()
        with database.transaction() as session:
            return inbox.receive(session, make_event(), now=frozen_now)

    with ThreadPoolExecutor(TOGETHER) as pool:
        assert sorted(pool.map(deliver, range(TOGETHER))) == [False] * (TOGETHER - 1) + [True]


def test_a_notice_waits_until_it_is_done(database: Database, frozen_now: datetime) -> None:
    with database.transaction() as session:
        inbox.receive(session, make_event(), now=frozen_now)
        assert inbox.waiting(session, "evt_2") is None
        event = inbox.waiting(session, "evt_1")
        assert event is not None
        inbox.done(event, "paid", now=frozen_now)
    with database.transaction() as session:
        assert inbox.waiting(session, "evt_1") is None
        assert session.get_one(InboxEvent, "evt_1").outcome == "paid"


def test_known_notices_are_told_from_others(database: Database, frozen_now: datetime) -> None:
    with database.transaction() as session:
        inbox.receive(session, make_event(), now=frozen_now)
        assert inbox.known(session, ["evt_1", "evt_2"]) == {"evt_1"}
        assert inbox.known(session, []) == set()


def test_a_checkout_is_made_before_the_provider_is_asked(database: Database, frozen_now: datetime) -> None:
    with database.transaction() as session:
        one, two = (checkouts.new(session, Money(5500), now=frozen_now) for _ in range(2))
        assert one.reference != two.reference
        assert (one.state, one.session_id, one.amount) == (CheckoutState.REQUESTED, None, Money(5500))
        assert one.expires_at == frozen_now + checkouts.LASTS
        assert not checkouts.is_open(one, frozen_now)


def test_the_same_question_is_asked_again_for_a_minute(database: Database, frozen_now: datetime) -> None:
    with database.transaction() as session:
        checkout = checkouts.new(session, Money(5500), now=frozen_now)
    late = frozen_now + checkouts.ASKED_AGAIN_WITHIN
    assert checkouts.can_be_asked_again(checkout, late - INSTANT)
    assert not checkouts.can_be_asked_again(checkout, late)
    checkout.state = CheckoutState.OPEN
    assert not checkouts.can_be_asked_again(checkout, frozen_now)


@pytest.mark.parametrize("told", [*CheckoutState])
def test_where_to_pay_is_noted_and_what_a_notice_told_first_stays(
    database: Database, frozen_now: datetime, told: CheckoutState
) -> None:
    with database.transaction() as session:
        checkout = checkouts.new(session, Money(5500), now=frozen_now)
        checkout.state = told
    opened = OpenedCheckout("cs_1", "https://pay.example/1", frozen_now)
    with database.transaction() as session:
        checkouts.opened(session, checkout.id, opened)
    with database.reading() as session:
        kept = session.get_one(Checkout, checkout.id)
    assert (kept.session_id, kept.url) == ("cs_1", "https://pay.example/1")
    assert kept.state is (CheckoutState.OPEN if told is CheckoutState.REQUESTED else told)


def test_a_payer_is_sent_to_an_open_checkout_until_it_expires(frozen_now: datetime) -> None:
    checkout = unsaved()
    checkout.expires_at = frozen_now
    assert checkouts.is_open(checkout, frozen_now - INSTANT)
    assert not checkouts.is_open(checkout, frozen_now)
    checkout.state = CheckoutState.COMPLETE
    assert not checkouts.is_open(checkout, frozen_now - INSTANT)


@pytest.mark.parametrize("statuses", [*permutations(CheckoutStatus)])
def test_a_checkout_that_has_ended_never_begins_again(
    statuses: tuple[CheckoutStatus, ...], frozen_now: datetime
) -> None:
    checkout = unsaved(CheckoutState.REQUESTED)
    ended = None
    for status in statuses:
        checkouts.follow(checkout, make_facts(status=status), now=frozen_now)
        if ended is None and checkout.state in {CheckoutState.COMPLETE, CheckoutState.EXPIRED}:
            ended = checkout.state
        assert ended is None or checkout.state is ended
    first = next(status for status in statuses if status in {CheckoutStatus.COMPLETE, CheckoutStatus.EXPIRED})
    assert str(ended) == str(first)


def test_a_status_that_we_do_not_know_changes_no_state(frozen_now: datetime) -> None:
    for state in CheckoutState:
        checkout = unsaved(state)
        checkouts.follow(checkout, make_facts(status=CheckoutStatus.UNKNOWN), now=frozen_now)
        assert (checkout.state, checkout.read_at) == (state, frozen_now)


def test_a_payment_once_known_is_not_forgotten_by_a_reading_without_it(frozen_now: datetime) -> None:
    checkout = unsaved()
    checkouts.follow(checkout, make_facts(payment=PaymentStatus.WAITING, error_code="card_declined"), now=frozen_now)
    assert (checkout.payment_intent_id, checkout.error_code) == ("pi_1", "card_declined")
    checkouts.follow(checkout, make_facts(), now=frozen_now)
    assert (checkout.payment_intent_id, checkout.error_code) == ("pi_1", "")


@pytest.mark.parametrize("state", [*CheckoutState])
def test_an_open_reading_of_what_has_ended_is_outdated(state: CheckoutState) -> None:
    ended = state in {CheckoutState.COMPLETE, CheckoutState.EXPIRED}
    assert checkouts.is_outdated(unsaved(state), make_facts()) is ended
    assert not checkouts.is_outdated(unsaved(state), make_facts(status=CheckoutStatus.EXPIRED))


def test_a_checkout_is_found_by_our_reference_only(database: Database, frozen_now: datetime) -> None:
    with database.transaction() as session:
        checkout = checkouts.new(session, Money(5500), now=frozen_now)
        assert checkouts.locate(session, make_facts(checkout.reference)) is checkout
        assert checkouts.locate(session, make_facts("CK-of-somebody-else")) is None


def test_open_checkouts_without_a_word_are_listed_oldest_first(database: Database, frozen_now: datetime) -> None:
    with database.transaction() as session:
        for number, state in enumerate([*CheckoutState, CheckoutState.OPEN]):
            checkout = checkouts.new(session, Money(100), now=frozen_now - timedelta(minutes=number))
            checkout.state, checkout.session_id = state, f"cs_{number}"
        checkouts.new(session, Money(100), now=frozen_now - timedelta(hours=1)).state = CheckoutState.OPEN
    with database.reading() as session:
        assert checkouts.unfinished(session, before=frozen_now) == ["cs_4", "cs_1"]
        assert checkouts.unfinished(session, before=frozen_now - timedelta(minutes=1)) == ["cs_4"]


def test_a_charge_is_kept_once(database: Database, frozen_now: datetime) -> None:
    with database.transaction() as session:
        checkout = checkouts.new(session, Money(5500), now=frozen_now)
        one = checkouts.record_charge(session, checkout, make_charge(5500))
        assert checkouts.record_charge(session, checkout, make_charge(5500)) is one
        assert session.scalar(sa.select(sa.func.count()).select_from(Charge)) == 1
        assert (one.amount, one.card_last4, one.checkout_id) == (Money(5500), "4242", checkout.id)


def test_the_checkout_of_a_payment_is_known_once_it_was_read(database: Database, frozen_now: datetime) -> None:
    with database.transaction() as session:
        checkout = checkouts.new(session, Money(5500), now=frozen_now)
        assert checkouts.session_of_payment(session, "pi_1") is None
        checkouts.follow(checkout, make_facts(payment=PaymentStatus.SUCCEEDED), now=frozen_now)
        assert checkouts.session_of_payment(session, "pi_1") == "cs_1"


def test_a_movement_is_kept_once_as_it_was_reported_and_stays_to_be_booked(database: Database) -> None:
    for _twice in range(2):
        with database.transaction() as session:
            row = balance.record(session, make_movement(5500, 108))
            assert row is not None
            assert (row.amount_minor, row.fee_minor, row.net_minor, row.entry_id) == (5500, 108, 5392, None)
    with database.reading() as session:
        assert session.scalars(sa.select(BalanceTransaction.id)).all() == ["txn_1"]
        assert balance.booked(session, ["txn_1", "txn_2"]) == set()


def test_a_movement_that_the_book_has_is_not_given_to_be_booked_again(database: Database) -> None:
    with database.transaction() as session:
        row = balance.record(session, make_movement(5500, 108))
        assert row is not None
        row.entry_id = make_entry(session, make_book(session))
    with database.transaction() as session:
        assert balance.record(session, make_movement(5500, 108)) is None
        assert balance.booked(session, ["txn_1", "txn_2"]) == {"txn_1"}


def test_those_who_record_a_movement_at_once_keep_one(database: Database) -> None:
    ready = threading.Barrier(TOGETHER, timeout=60)

    def record(_number: int) -> str:
        ready.wait()
        with database.transaction() as session:
            row = balance.record(session, make_movement(5500, 108))
            return row.id if row is not None else ""

    with ThreadPoolExecutor(TOGETHER) as pool:
        assert set(pool.map(record, range(TOGETHER))) == {"txn_1"}


def test_a_movement_whose_amounts_contradict_each_other_is_refused_by_us_and_by_the_database(
    database: Database,
) -> None:
    wrong = dataclasses.replace(make_movement(5500, 108), net=Money(5391))
    with database.transaction() as session, pytest.raises(Invalid, match="net_does_not_add_up"):
        balance.record(session, wrong)
    with database.transaction() as session:
        assert balance.record(session, make_movement(5500, 108)) is not None
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(sa.update(BalanceTransaction).values(net_minor=1))
