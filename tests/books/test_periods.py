from __future__ import annotations

from datetime import date

import pytest

from ledger.books import book, periods
from ledger.books.refusals import EarlierPeriodOpen, PeriodClosed, PeriodOverlaps, UnknownBook
from ledger.db import Database
from ledger.errors import NotFound
from tests.factories.books import NOW, TODAY, make_book


def test_a_year_opens_by_itself_around_the_first_day_asked_for(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        period = periods.covering(session, book_id, TODAY)
        assert (period.starts_on, period.ends_on) == (date(2026, 1, 1), date(2026, 12, 31))
        assert period.is_open
        assert periods.covering(session, book_id, date(2026, 12, 31)) == period
        assert periods.covering(session, book_id, date(2027, 1, 1)) != period
        assert len(periods.of_book(session, book_id)) == 2


@pytest.mark.parametrize(
    ("day", "starts_on", "ends_on"),
    [
        (date(2026, 3, 3), date(2025, 9, 1), date(2026, 8, 31)),
        (date(2026, 8, 31), date(2025, 9, 1), date(2026, 8, 31)),
        (date(2026, 9, 1), date(2026, 9, 1), date(2027, 8, 31)),
    ],
)
def test_accounting_years_may_begin_in_any_month(database: Database, day: date, starts_on: date, ends_on: date) -> None:
    with database.transaction() as session:
        book_id = book.create(session, name="École", chart="association", first_month=9)
        period = periods.covering(session, book_id, day)
    assert (period.starts_on, period.ends_on) == (starts_on, ends_on)


def test_a_year_that_opens_by_itself_ends_where_its_neighbours_begin(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        periods.open_span(session, book_id, starts_on=date(2025, 10, 1), ends_on=date(2026, 2, 28))
        periods.open_span(session, book_id, starts_on=date(2026, 11, 1), ends_on=date(2027, 12, 31))
        period = periods.covering(session, book_id, TODAY)
    assert (period.starts_on, period.ends_on) == (date(2026, 3, 1), date(2026, 10, 31))


def test_periods_never_share_a_day(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        other = make_book(session, name="Another")
        periods.covering(session, book_id, TODAY)
        periods.covering(session, other, TODAY)
    with pytest.raises(PeriodOverlaps), database.transaction() as session:
        periods.open_span(session, book_id, starts_on=date(2026, 12, 31), ends_on=date(2027, 1, 31))
    with pytest.raises(PeriodOverlaps), database.transaction() as session:
        periods.open_span(session, book_id, starts_on=date(2027, 2, 1), ends_on=date(2027, 1, 31))


def test_a_period_closes_once_and_for_good(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        period = periods.covering(session, book_id, TODAY)
        periods.close(session, period.id, now=NOW)
        assert periods.covering(session, book_id, TODAY).closed_at == NOW
        with pytest.raises(PeriodClosed):
            periods.close(session, period.id, now=NOW)
        with pytest.raises(NotFound):
            periods.close(session, period.id + 1, now=NOW)


def test_periods_close_in_their_order(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        earlier = periods.covering(session, book_id, date(2025, 1, 1))
        later = periods.covering(session, book_id, TODAY)
    with pytest.raises(EarlierPeriodOpen), database.transaction() as session:
        periods.close(session, later.id, now=NOW)
    with database.transaction() as session:
        periods.close(session, earlier.id, now=NOW)
        periods.close(session, later.id, now=NOW)


def test_no_period_opens_before_a_closed_one(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        periods.close(session, periods.covering(session, book_id, TODAY).id, now=NOW)
        with pytest.raises(PeriodClosed):
            periods.covering(session, book_id, date(2025, 12, 31))
    with pytest.raises(PeriodOverlaps), database.transaction() as session:
        periods.open_span(session, book_id, starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31))


def test_the_first_open_day_lies_after_the_last_closing(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        assert periods.open_day(session, book_id, not_before=TODAY)[0] == TODAY
        periods.close(session, periods.covering(session, book_id, TODAY).id, now=NOW)
        day, period = periods.open_day(session, book_id, not_before=TODAY)
    assert day == period.starts_on == date(2027, 1, 1)


def test_a_book_that_is_not_there_has_no_year(database: Database) -> None:
    with database.transaction() as session, pytest.raises(UnknownBook):
        periods.covering(session, 1, TODAY)
