"""The book looks after itself."""

from __future__ import annotations

from datetime import datetime

from ledger.books import balances, seals, verify
from ledger.db import Database
from ledger.money import Money
from ledger.workflows import keep_books
from tests.factories.books import make_book, make_entry, make_transfer


def test_entries_are_sealed_and_balances_folded_once_however_often_it_runs(
    database: Database, frozen_now: datetime
) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        make_entry(session, book_id, make_transfer(12, debited="512100", credited="580000"), now=frozen_now)
    assert [keep_books.run(database, now=frozen_now) for _twice in range(2)] == [1, 0]
    with database.reading() as session:
        assert seals.head(session, book_id) is not None
        assert balances.of(session, book_id, "512100") == Money(1200)
        assert verify.verify(session) == ()
