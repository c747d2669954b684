"""Closing and reopening beside who posts, and beside who closes too."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from ledger.books import balances, closing, periods
from ledger.books.refusals import PeriodClosed
from ledger.books.verify import verify
from ledger.db import Database
from ledger.money import Money
from tests.books.at_once import WRITERS, all_at_once, post_one, second_waits_for_first
from tests.factories.books import NOW, TODAY, make_book, make_donation, make_entry, make_transfer


@pytest.fixture
def book_id(database: Database) -> int:
    with database.transaction() as session:
        return make_book(session)


def _softly_closed(database: Database, book_id: int) -> periods.PeriodRow:
    with database.transaction() as session:
        make_entry(session, book_id, make_donation(on=date(2025, 5, 1)))
        period = periods.covering(session, book_id, date(2025, 5, 1))
        periods.close(session, period.id, now=NOW)
        return period


def test_of_two_that_close_a_year_for_good_one_does_and_one_entry_is_posted(database: Database, book_id: int) -> None:
    period = _softly_closed(database, book_id)

    def close() -> str:
        try:
            with database.transaction() as session:
                closing.close_year(session, period.id, by="Camille", now=NOW)
        except PeriodClosed:
            return "refused"
        return "closed"

    assert sorted(all_at_once([close] * 2)) == ["closed", "refused"]
    with database.reading() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM entry WHERE journal = 'CL'")) == 1
        assert verify(session) == ()


def test_writers_and_who_closes_softly_leave_every_fact_counted_once(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        period = periods.covering(session, book_id, date(2025, 5, 1))
        periods.covering(session, book_id, TODAY)

    def post() -> int:
        draft = make_donation(on=date(2025, 5, 1))
        try:
            return post_one(database, book_id, draft).entry_id
        except PeriodClosed:  # it waited for the closing; tried again, it counts for the open year
            return post_one(database, book_id, draft).entry_id

    def close() -> int:
        with database.transaction() as session:
            periods.close(session, period.id, now=NOW)
        return 0

    assert len(set(all_at_once([*[post] * WRITERS, close]))) == WRITERS + 1
    with database.reading() as session:
        assert balances.of(session, book_id, "754110") == Money(-5000 * WRITERS)
        assert verify(session) == ()


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_closing_for_good_waits_for_closing_work_and_takes_it_in(database: Database, book_id: int) -> None:
    period = _softly_closed(database, book_id)
    cost = make_transfer(10, debited="6226", credited="4686", on=date(2025, 12, 31))

    def close() -> Money:
        with database.transaction() as session:
            return closing.close_year(session, period.id, by="Camille", now=NOW).result

    found = second_waits_for_first(database, lambda session: make_entry(session, book_id, cost), close)
    assert found == Money(4892 - 1000)


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_closing_work_waits_for_who_closes_for_good_and_is_refused(database: Database, book_id: int) -> None:
    period = _softly_closed(database, book_id)
    cost = make_transfer(10, debited="6226", credited="4686", on=date(2025, 12, 31))
    with pytest.raises(PeriodClosed):
        second_waits_for_first(
            database,
            lambda session: closing.close_year(session, period.id, by="Camille", now=NOW),
            lambda: post_one(database, book_id, cost),
        )


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_reopening_waits_for_closing_work(database: Database, book_id: int) -> None:
    period = _softly_closed(database, book_id)
    cost = make_transfer(10, debited="6226", credited="4686", on=date(2025, 12, 31))

    def reopen() -> None:
        with database.transaction() as session:
            periods.reopen(session, period.id, by="Camille", reason="an invoice", now=NOW)

    second_waits_for_first(database, lambda session: make_entry(session, book_id, cost), reopen)
    with database.reading() as session:
        assert verify(session) == ()
