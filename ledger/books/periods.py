"""Periods: the spans of a book, opened by themselves as years go by, closed in order: softly, then for good.

A period that is closed softly takes nothing but closing work, and can be reopened; closed for good, it takes nothing
any more. Each of these acts is kept; the database changes the period as the act is written, and never otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ledger.books.constraints import translated
from ledger.books.models import Book, Period, PeriodAct
from ledger.books.refusals import (
    EarlierPeriodOpen,
    PeriodClosed,
    PeriodNotClosed,
    PeriodOverlaps,
    ReasonMissing,
    UnknownBook,
)
from ledger.errors import NotFound

ONE_DAY = timedelta(days=1)

CLOSING: Final = "CL"
"""The journal of closing entries, which the database keeps for them alone."""

POSTERS: Final = 8021
"""The kind of PostgreSQL's advisory lock that posters share on a period and an act on it takes alone."""


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """A period as others see it."""

    id: int
    starts_on: date
    ends_on: date
    soft_closed_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether every entry can still be posted in it."""
        return self.soft_closed_at is None

    @property
    def is_closed_for_good(self) -> bool:
        """Whether nothing can be posted in it any more."""
        return self.closed_at is not None


@dataclass(frozen=True, slots=True)
class ActRow:
    """What was done to a period: close, reopen, close_for_good, or inherited from before acts were kept."""

    period_id: int
    act: str
    at: datetime
    by: str
    reason: str


COLUMNS = (Period.id, Period.starts_on, Period.ends_on, Period.soft_closed_at, Period.closed_at)


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
    """Give the first day from `not_before` on that every entry can still be posted to, with its period."""
    after_closed = session.scalar(
        sa.select(sa.func.max(Period.ends_on)).where(Period.book_id == book_id, Period.soft_closed_at.is_not(None))
    )
    day = max(not_before, after_closed + ONE_DAY) if after_closed else not_before
    return day, covering(session, book_id, day)


def ending_on(session: Session, book_id: int, day: date) -> PeriodRow:
    """Give the period that ends on a day.

    Raises:
        NotFound: none does.
        PeriodClosed, UnknownBook: as `covering`.
    """
    period = covering(session, book_id, day)
    if period.ends_on != day:
        raise NotFound("unknown_period", day=day)
    return period


def open_span(session: Session, book_id: int, *, starts_on: date, ends_on: date) -> PeriodRow:
    """Open a period of any length, such as a first year that is short or long.

    Raises:
        PeriodOverlaps: it shares a day with another one, or lies before a closed one.
    """
    if ends_on < starts_on:
        raise PeriodOverlaps(starts_on=starts_on, ends_on=ends_on)
    with translated(starts_on=starts_on, ends_on=ends_on):
        period = Period(book_id=book_id, starts_on=starts_on, ends_on=ends_on)
        session.add(period)
        session.flush()  # the database's refusal is wanted here
    return PeriodRow(period.id, period.starts_on, period.ends_on)


def close(session: Session, period_id: int, *, now: datetime, by: str = "") -> None:
    """Close a period softly, after every transaction that is posting to it: only closing work is posted there then.

    Raises:
        NotFound: no such period.
        PeriodClosed: it is closed already.
        EarlierPeriodOpen: periods close in their order.
    """
    period = locked(session, period_id)
    if not period.is_open:
        raise PeriodClosed(period_id=period_id, closed_at=period.soft_closed_at)
    _act(session, period_id, "close", by=by, now=now)


def reopen(session: Session, period_id: int, *, by: str, reason: str, now: datetime) -> None:
    """Open a period again that was closed softly.

    Raises:
        NotFound: no such period.
        PeriodNotClosed: it is open.
        PeriodClosed: it is closed for good.
        LaterPeriodClosed: a later one has to be reopened first.
        ReasonMissing: `by` or `reason` is empty.
    """
    period = locked(session, period_id)
    if not by.strip() or not reason.strip():
        raise ReasonMissing(period_id=period_id)
    if period.is_open:
        raise PeriodNotClosed(period_id=period_id)
    if period.closed_at is not None:
        raise PeriodClosed(period_id=period_id, closed_at=period.closed_at)
    _act(session, period_id, "reopen", by=by.strip(), reason=reason.strip(), now=now)


def close_for_good(session: Session, period_id: int, *, now: datetime, by: str = "") -> None:
    """Close a period for good that was closed softly; `closing.close_year` posts its closing entry and calls this.

    Raises:
        NotFound: no such period.
        PeriodNotClosed: it is open.
        PeriodClosed: it is closed for good already.
        EarlierPeriodOpen: an earlier one is not closed for good.
        ResultNotClosed: costs or income have a balance on its last day.
    """
    ready_for_good(session, period_id)
    _act(session, period_id, "close_for_good", by=by, now=now)


def ready_for_good(session: Session, period_id: int) -> PeriodRow:
    """Give a period that can be closed for good, with nobody posting to it.

    Raises:
        NotFound, PeriodNotClosed, PeriodClosed, EarlierPeriodOpen: as `close_for_good`.
    """
    period = locked(session, period_id)
    if period.is_closed_for_good:
        raise PeriodClosed(period_id=period_id, closed_at=period.closed_at)
    if period.is_open:
        raise PeriodNotClosed(period_id=period_id)
    book_id = sa.select(Period.book_id).where(Period.id == period_id).scalar_subquery()
    earlier = sa.select(Period.id).where(
        Period.book_id == book_id, Period.starts_on < period.starts_on, Period.closed_at.is_(None)
    )
    if session.scalar(earlier.limit(1)) is not None:
        raise EarlierPeriodOpen(period_id=period_id)
    return period


def locked(session: Session, period_id: int) -> PeriodRow:
    """Give a period as it is once nobody posts to it, and let nobody post to it until the transaction ends.

    Raises:
        NotFound: no such period.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(POSTERS, period_id)))
    return get(session, period_id)


def get(session: Session, period_id: int) -> PeriodRow:
    """Give a period.

    Raises:
        NotFound: no such period.
    """
    row = session.execute(sa.select(*COLUMNS).where(Period.id == period_id)).one_or_none()
    if row is None:
        raise NotFound("unknown_period", period_id=period_id)
    return PeriodRow(*row)


def acts(session: Session, book_id: int) -> tuple[ActRow, ...]:
    """List what was done to a book's periods, the first act first."""
    columns = (PeriodAct.period_id, PeriodAct.act, PeriodAct.at, PeriodAct.by, PeriodAct.reason)
    rows = session.execute(
        sa.select(*columns)
        .join(Period, Period.id == PeriodAct.period_id)
        .where(Period.book_id == book_id)
        .order_by(PeriodAct.id)
    )
    return tuple(ActRow(*row) for row in rows)


def _act(session: Session, period_id: int, act: str, *, now: datetime, by: str, reason: str = "") -> None:
    """Write an act; the database changes the period by it."""
    with translated(period_id=period_id):
        session.execute(sa.insert(PeriodAct).values(period_id=period_id, act=act, at=now, by=by, reason=reason))


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
