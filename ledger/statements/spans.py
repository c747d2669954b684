"""Spans of days that statements are drawn for: any, and the accounting year of a book that closes in a given year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.books.models import Book, Period
from ledger.books.refusals import UnknownBook
from ledger.errors import Invalid, NotFound

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the last, both included.

    Raises:
        Invalid: `period_reversed`, it ends before it starts.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        """Refuse what has no day."""
        if self.end < self.start:
            raise Invalid("period_reversed", start=self.start, end=self.end)


def year_closing_in(session: Session, book_id: int, year: int) -> Span:
    """Give the accounting year of a book that closes in a calendar year: 2026 is July 2025 to June 2026 for some.

    A first year that is short or long begins where its period does.

    Raises:
        UnknownBook.
        NotFound: there is no such year.
    """
    book = session.get(Book, book_id)
    if book is None:
        raise UnknownBook(book_id=book_id)
    if not date.min.year < year < date.max.year:
        raise NotFound(year=year)
    end = date(year + (book.first_month == 1), book.first_month, 1) - ONE_DAY
    usual = date(end.year - (book.first_month != 1), book.first_month, 1)
    first = session.scalar(
        sa.select(sa.func.min(Period.starts_on)).where(
            Period.book_id == book_id, Period.ends_on >= usual, Period.ends_on <= end
        )
    )
    return Span(first or usual, end)


def year_around(session: Session, book_id: int, day: date) -> Span:
    """Give the accounting year of a book that a day lies in.

    Raises:
        UnknownBook.
    """
    span = year_closing_in(session, book_id, day.year)
    return span if day <= span.end else year_closing_in(session, book_id, day.year + 1)
