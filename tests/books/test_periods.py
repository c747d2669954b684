from __future__ import annotations

from datetime import date

import pytest

from ledger.books import book, journal, periods, queries
from ledger.books.refusals import (
    EarlierPeriodOpen,
    LaterPeriodClosed,
    PeriodClosed,
    PeriodNotClosed,
    PeriodOverlaps,
    ReasonMissing,
    ResultNotClosed,
    UnknownBook,
)
from ledger.books.verify import verify
from ledger.db import Database
from ledger.errors import NotFound
from tests.factories.books import NOW, TODAY, make_book, make_donation, make_entry, make_transfer


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


def test_a_period_closes_softly_once(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        period = periods.covering(session, book_id, TODAY)
        periods.close(session, period.id, now=NOW)
        closed = periods.covering(session, book_id, TODAY)
        assert (closed.soft_closed_at, closed.closed_at) == (NOW, None)
        with pytest.raises(PeriodClosed):
            periods.close(session, period.id, now=NOW)
        with pytest.raises(NotFound):
            periods.close(session, period.id + 1, now=NOW)


def test_a_period_closes_for_good_once_and_only_after_its_soft_closing(database: Database) -> None:
    with database.transaction() as session:
        period = periods.covering(session, make_book(session), TODAY)
        with pytest.raises(PeriodNotClosed):
            periods.close_for_good(session, period.id, now=NOW)
        periods.close(session, period.id, now=NOW)
        periods.close_for_good(session, period.id, now=NOW)
        assert periods.get(session, period.id).is_closed_for_good
        with pytest.raises(PeriodClosed):
            periods.close_for_good(session, period.id, now=NOW)
        with pytest.raises(PeriodClosed):
            periods.reopen(session, period.id, by="Camille", reason="an invoice", now=NOW)


def test_a_period_with_costs_or_income_left_does_not_close_for_good(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        make_entry(session, book_id)
        period = periods.covering(session, book_id, TODAY)
        periods.close(session, period.id, now=NOW)
    with pytest.raises(ResultNotClosed), database.transaction() as session:
        periods.close_for_good(session, period.id, now=NOW)


def test_a_period_is_reopened_by_somebody_for_a_reason(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        period = periods.covering(session, book_id, TODAY)
        with pytest.raises(PeriodNotClosed):
            periods.reopen(session, period.id, by="Camille", reason="an invoice", now=NOW)
        periods.close(session, period.id, by="Lou", now=NOW)
        for by, reason in (("", "an invoice"), ("Camille", " ")):
            with pytest.raises(ReasonMissing):
                periods.reopen(session, period.id, by=by, reason=reason, now=NOW)
        periods.reopen(session, period.id, by="Camille", reason="an invoice", now=NOW)
        assert periods.get(session, period.id) == period
        assert [(act.act, act.by, act.reason) for act in periods.acts(session, book_id)] == [
            ("close", "Lou", ""),
            ("reopen", "Camille", "an invoice"),
        ]
        make_entry(session, book_id)
    with database.reading() as session:
        assert verify(session) == ()


def test_a_period_is_not_reopened_while_a_later_one_is_closed(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        earlier = periods.covering(session, book_id, date(2025, 1, 1))
        later = periods.covering(session, book_id, TODAY)
        periods.close(session, earlier.id, now=NOW)
        periods.close(session, later.id, now=NOW)
    with pytest.raises(LaterPeriodClosed), database.transaction() as session:
        periods.reopen(session, earlier.id, by="Camille", reason="an invoice", now=NOW)


def test_periods_close_for_good_in_their_order(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        earlier = periods.covering(session, book_id, date(2025, 1, 1))
        later = periods.covering(session, book_id, TODAY)
        periods.close(session, earlier.id, now=NOW)
        periods.close(session, later.id, now=NOW)
        with pytest.raises(EarlierPeriodOpen):
            periods.close_for_good(session, later.id, now=NOW)
        periods.close_for_good(session, earlier.id, now=NOW)
        periods.close_for_good(session, later.id, now=NOW)


def test_a_softly_closed_period_takes_closing_work_alone(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        period = periods.covering(session, book_id, date(2025, 1, 1))
        periods.close(session, period.id, now=NOW)
        work = make_entry(session, book_id, make_transfer(10, debited="6226", credited="4686", on=date(2025, 12, 31)))
        late = make_entry(session, book_id, make_donation(on=date(2025, 12, 31)))
        with pytest.raises(PeriodClosed):
            journal.post(session, book_id, make_donation(on=date(2025, 12, 31)), now=NOW, refuse_late=True)
        found = [queries.entry(session, one) for one in (work, late)]
    assert [(one.effective_on, one.occurred_on) for one in found if one] == [
        (date(2025, 12, 31), date(2025, 12, 31)),
        (TODAY, date(2025, 12, 31)),
    ]
    with database.reading() as session:
        assert verify(session) == ()


def test_a_period_closed_for_good_takes_no_closing_work(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        period = periods.covering(session, book_id, date(2025, 1, 1))
        periods.close(session, period.id, now=NOW)
        periods.close_for_good(session, period.id, now=NOW)
        late = make_entry(session, book_id, make_transfer(10, debited="6226", credited="4686", on=date(2025, 12, 31)))
        found = queries.entry(session, late)
    assert found is not None
    assert found.effective_on == TODAY


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
