"""Many entries posted at once: what is true of one is true of each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from ledger.books import balances, book, journal, periods, seals
from ledger.books.drafts import EntryDraft, credit, debit
from ledger.books.journal import PostedMany
from ledger.books.queries import count_entries
from ledger.books.refusals import (
    AccountClosed,
    Overdrawn,
    SourceReused,
    UnknownAccount,
    UnknownBook,
    UnknownJournal,
    WrongCurrency,
)
from ledger.books.verify import verify
from ledger.db import Database
from ledger.errors import EcotError
from ledger.money import Money
from tests.factories.books import NOW, TODAY, make_book, make_donation, make_entry, make_transfer


@pytest.fixture
def book_id(database: Database) -> int:
    with database.transaction() as session:
        book_id = make_book(session)
        book.add_account(session, book_id, "512900", under="512", label="Dollars", currency="USD")
        book.close_account(session, book_id, "518", closed_on=date(2026, 1, 31))
        return book_id


def post_many(database: Database, book_id: int, drafts: Sequence[EntryDraft]) -> PostedMany:
    with database.transaction() as session:
        return journal.post_many(session, book_id, drafts, now=NOW)


def test_many_entries_give_the_balances_that_one_after_another_give(database: Database, book_id: int) -> None:
    drafts = [make_donation(n, on=date(2026, 1 + n % 12, 1), project=f"PRJ{n % 3:06}") for n in range(2, 61)]
    assert post_many(database, book_id, drafts) == PostedMany(59, 0)
    with database.transaction() as session:
        other = make_book(session, name="One by one")
        for draft in drafts:
            make_entry(session, other, draft)
    with database.transaction() as session:
        seals.seal(session, now=NOW)
        balances.fold(session)
    with database.reading() as session:
        assert balances.trial(session, book_id) == balances.trial(session, other)
        assert verify(session) == ()


def test_what_was_posted_before_stays_as_it_is_also_within_the_same_lot(database: Database, book_id: int) -> None:
    first, second = make_donation(), make_donation()
    post_many(database, book_id, [first])
    assert post_many(database, book_id, [second, first, second]) == PostedMany(1, 2)
    assert post_many(database, book_id, [first, second]) == PostedMany(0, 2)
    with database.reading() as session:
        assert count_entries(session, book_id) == 2


def test_a_late_fact_counts_for_the_open_period_and_keeps_its_day(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        periods.close(session, periods.covering(session, book_id, date(2025, 6, 1)).id, now=NOW)
    post_many(database, book_id, [make_donation(on=date(2025, 6, 1))])
    with database.reading() as session:
        assert balances.of(session, book_id, "754110", as_of=date(2025, 12, 31)) == Money(0)
        assert balances.of(session, book_id, "754110", as_of=TODAY) == Money(-5000)


ORDINARY = make_donation(source="stripe:txn_ordinary")
BAD: list[tuple[EntryDraft, type[EcotError]]] = [
    (make_donation(51, source="stripe:txn_before"), SourceReused),
    (make_transfer(1, debited="512100", credited="999"), UnknownAccount),
    (make_transfer(1, debited="512100", credited="512900"), WrongCurrency),
    (make_transfer(1, debited="512100", credited="518", on=TODAY), AccountClosed),
    (make_transfer(1, debited="512100", credited="530000"), Overdrawn),
    (replace(make_donation(), journal="XX"), UnknownJournal),
]


@pytest.mark.parametrize(("bad", "refusal"), BAD, ids=lambda value: getattr(value, "__name__", ""))
def test_one_that_is_refused_leaves_nothing_of_them_all(
    database: Database, book_id: int, bad: EntryDraft, refusal: type[EcotError]
) -> None:
    post_many(database, book_id, [make_donation(50, source="stripe:txn_before")])
    with pytest.raises(refusal):
        post_many(database, book_id, [ORDINARY, bad])
    with database.reading() as session:
        assert count_entries(session, book_id) == 1


def test_a_guarded_account_may_be_filled_and_emptied_in_one_lot(database: Database, book_id: int) -> None:
    lot = [make_transfer(5, debited="530000", credited="754110"), make_transfer(5, debited="512100", credited="530000")]
    assert post_many(database, book_id, lot) == PostedMany(2, 0)


def test_a_lot_has_entries_in_several_currencies(database: Database, book_id: int) -> None:
    dollars = EntryDraft(
        journal="OD",
        effective_on=TODAY,
        source="od:dollars",
        memo="",
        lines=(
            debit("512900", Money(100, "USD")),
            debit("512100", Money(90)),
            credit("512900", Money(100, "USD")),
            credit("754110", Money(90)),
        ),
    )
    assert post_many(database, book_id, [ORDINARY, dollars]) == PostedMany(2, 0)


def test_nothing_is_nothing_and_no_book_is_no_book(database: Database, book_id: int) -> None:
    assert post_many(database, book_id, []) == PostedMany(0, 0)
    with pytest.raises(UnknownBook):
        post_many(database, book_id + 1, [ORDINARY])
