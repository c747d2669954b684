"""Closing a year for good: one entry takes its costs and income to own funds, then its period takes nothing any more.

Balances run on from year to year, so no opening entry is ever posted: what a year begins with is read from the
balances of the eve. Statements of movements leave the closing entry out (`of_span`): it is no fact of the year.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger import money
from ledger.books import balances, book, journal, periods
from ledger.books.drafts import EntryDraft, Line
from ledger.books.models import Account, Book, Entry, Period, Posting
from ledger.books.periods import CLOSING
from ledger.books.refusals import UnknownBook
from ledger.money import Money

RESULT: Final = ("income", "expense")
"""The kinds of accounts (classes 6 and 7) that begin each year with nothing."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A year closed for good: its result (an excess is positive), and the closing entry if there was one to post."""

    result: Money
    entry_id: int | None


def close_year(session: Session, period_id: int, *, by: str, now: datetime) -> Closed:
    """Post the closing entry of a period that is softly closed, and close the period for good.

    The entry takes every account of costs and income in the book's currency to zero, against the account of the
    year's excess or deficit, on the last day. Voluntary contributions (class 8) stay as they are: their two sides
    equal each other, and statements show what moved.

    Raises:
        NotFound: no such period, or the chart has no account for the result.
        PeriodNotClosed: it is open.
        PeriodClosed: it is closed for good already.
        EarlierPeriodOpen: an earlier one is not closed for good.
    """
    period = periods.ready_for_good(session, period_id)
    book_id = session.scalars(sa.select(Period.book_id).where(Period.id == period_id)).one()
    rows = _left(session, book_id, period.ends_on)
    entry_id = None
    if rows:
        draft = _draft(session, book_id, period, rows)
        entry_id = journal.post(session, book_id, draft, now=now, refuse_late=True).entry_id
    periods.close_for_good(session, period_id, by=by, now=now)
    return Closed(_result(session, book_id, rows), entry_id)


def result(session: Session, book_id: int, day: date) -> Money:
    """Give what income is more than costs at the end of a day, of all years whose closing entry is not posted yet.

    Raises:
        UnknownBook.
    """
    return _result(session, book_id, _left(session, book_id, day))


def of_span(
    session: Session, book_id: int, start: date, end: date, *, known_at: int | None = None
) -> dict[str, tuple[Money, Money]]:
    """Give the debits and credits, by account, of the closing entries of a span, as known at a seal if given."""
    debits = sa.func.sum(sa.case((Posting.amount > 0, Posting.amount), else_=0))
    credits_ = sa.func.sum(sa.case((Posting.amount < 0, -Posting.amount), else_=0))
    statement = (
        sa.select(Account.code, Account.currency, debits, credits_)
        .join(Posting, Posting.account_id == Account.id)
        .where(Posting.entry_id.in_(_entries(book_id, start, end)))
        .group_by(Account.id)
    )
    if known_at is not None:
        statement = statement.where(balances.known(Posting.entry_id, book_id, known_at))
    found = session.execute(statement)
    return {
        code: (Money(int(debit), currency), Money(int(credit), currency)) for code, currency, debit, credit in found
    }


def _entries(book_id: int, start: date, end: date) -> sa.Select[Any]:
    """Choose the ids of the closing entries of a span of days: by their sources, as there are few."""
    return (
        sa.select(Entry.id)
        .join(Period, sa.and_(Period.book_id == Entry.book_id, Entry.source == _source(Period.id)))
        .where(Entry.book_id == book_id, Entry.journal == CLOSING, Period.ends_on.between(start, end))
    )


def _source(period_id: Any) -> sa.ColumnElement[str]:
    return sa.literal("close:", sa.Text) + sa.cast(period_id, sa.Text)


def _left(session: Session, book_id: int, day: date) -> list[balances.TrialRow]:
    """Read the accounts of costs and income that have a balance at the end of a day."""
    currency = _currency(session, book_id)
    rows = balances.trial(session, book_id, as_of=day)
    return [row for row in rows if row.kind in RESULT and row.balance and row.balance.currency == currency]


def _draft(session: Session, book_id: int, period: periods.PeriodRow, rows: list[balances.TrialRow]) -> EntryDraft:
    balance = -_result(session, book_id, rows)
    chart = book.chart_of(session, book_id)
    lines = [Line(row.account, -row.balance) for row in rows]
    lines += _counterpart(chart.code_of("result_debit" if balance.minor > 0 else "result_credit"), balance)
    return EntryDraft(
        journal=CLOSING,
        effective_on=period.ends_on,
        source=f"close:{period.id}",
        memo="closing",
        lines=tuple(lines),
    )


def _counterpart(account: str, balance: Money) -> Iterator[Line]:
    if balance:
        yield Line(account, balance)


def _result(session: Session, book_id: int, rows: list[balances.TrialRow]) -> Money:
    return -money.total((row.balance for row in rows), _currency(session, book_id))


def _currency(session: Session, book_id: int) -> str:
    found = session.scalar(sa.select(Book.currency).where(Book.id == book_id))
    if found is None:
        raise UnknownBook(book_id=book_id)
    return found
