"""Periods: the spans of a book that can be closed, opened by themselves as years go by, closed for good in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ledger.books.constraints import translated
from ledger.books.models import Book, Entry, Period
from ledger.books.refusals import PeriodClosed, PeriodOverlaps, UnknownBook
from ledger.errors import NotFound

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """A period as others see it."""

    id: int
    starts_on: date
    ends_on: date
    closed_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether entries can still be posted in it."""
        return self.closed_at is None


COLUMNS = (Period.id, Period.starts_on, Period.ends_on, Period.closed_at)


def of_book(session: Session, book_id: int) -> tuple[PeriodRow, ...]:
    """List a book's periods, the earliest first."""
    rows = session.execute(sa.select(*COLUMNS).where(Period.book_id == book_id).order_by(Period.starts_on))
    return tuple(PeriodRow(*row) for row in rows)


def covering(session: Session, book_id: int, day: date) -> PeriodRow:
    """Give the period that covers a day, open or closed; open the accounting year around it when there is none.

    Two transactions that open the same year end with one period.

    Raises:
        PeriodClosed: no period covers the day and a later one is closed, so none can be opened any more.
        UnknownBook.
    """
    return _find(session, book_id, day) or _open_year(session, book_id, day)


def open_day(session: Session, book_id: int, *, not_before: date) -> tuple[date, PeriodRow]:
    """Give the first day from `not_before` on that can still be posted to, with its period."""
    after_closed = session.scalar(
        sa.select(sa.func.max(Period.ends_on)).where(Period.book_id == book_id, Period.closed_at.is_not(None))
    )
    day = max(not_before, after_closed + ONE_DAY) if after_closed else not_before
    return day, covering(session, book_id, day)


def open_span(session: Session, book_id: int, *, starts_on: date, ends_on: date) -> PeriodRow:
    """Open a period of any length, such as a first year that is short or long.

    Raises:
        PeriodOverlaps: it shares a day with another one, or lies before a closed one.
    """
    if ends_on < starts_on:
        raise PeriodOverlaps(starts_on=starts_on, ends_on=ends_on)
    with translated(starts_on=starts_on, ends_on=ends_on):
        period = Period(book_id=book_id, starts_on=starts_on, ends_on=ends_on, closed_at=None)
        session.add(period)
        session.flush()  # the database's refusal is wanted here
    return PeriodRow(period.id, period.starts_on, period.ends_on, None)


def close(session: Session, period_id: int, *, now: datetime) -> None:
    """Close a period for good, after every transaction that is posting to it.

    Raises:
        NotFound: no such period.
        PeriodClosed: it is closed already.
        EarlierPeriodOpen: periods close in their order.
    """
    closed_at = session.execute(sa.select(Period.closed_at).where(Period.id == period_id)).one_or_none()
    if closed_at is None:
        raise NotFound("unknown_period", period_id=period_id)
    if closed_at[0] is not None:
        raise PeriodClosed(period_id=period_id, closed_at=closed_at[0])
    with translated(period_id=period_id):
        counted = sa.select(sa.func.count()).where(Entry.period_id == period_id).scalar_subquery()
        session.execute(
            sa.update(Period)
            .where(Period.id == period_id, Period.closed_at.is_(None))
            .values(closed_at=now, closed_entries=counted)  # PostgreSQL counts again once the posters are done
            .execution_options(synchronize_session=False)
        )


def _find(session: Session, book_id: int, day: date) -> PeriodRow | None:
    statement = sa.select(*COLUMNS).where(Period.book_id == book_id, Period.starts_on <= day, Period.ends_on >= day)
    row = session.execute(statement).one_or_none()
    return PeriodRow(*row) if row else None


def _open_year(session: Session, book_id: int, day: date) -> PeriodRow:
    first_month = session.scalar(sa.select(Book.first_month).where(Book.id == book_id))
    if first_month is None:
        raise UnknownBook(book_id=book_id)
    periods = of_book(session, book_id)
    if any(period.starts_on > day and not period.is_open for period in periods):
        raise PeriodClosed(day=day)
    starts_on, ends_on = _year_around(day, first_month)
    starts_on = max([starts_on, *(period.ends_on + ONE_DAY for period in periods if period.ends_on < day)])
    ends_on = min([ends_on, *(period.starts_on - ONE_DAY for period in periods if period.starts_on > day)])
    session.execute(_insert(session).values(book_id=book_id, starts_on=starts_on, ends_on=ends_on))
    # Where another transaction was faster, its period is the one; where it was of another span, we look again.
    return covering(session, book_id, day)


def _insert(session: Session) -> Any:
    """Insert unless it is there, or overlaps what is there."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(Period).on_conflict_do_nothing()
    return postgresql.insert(Period).on_conflict_do_nothing()


def _year_around(day: date, first_month: int) -> tuple[date, date]:
    year = day.year if day.month >= first_month else day.year - 1
    return date(year, first_month, 1), date(year + 1, first_month, 1) - ONE_DAY
