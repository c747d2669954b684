"""The income statement (compte de résultat) of a span, beside the same days a year before."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from ledger import i18n
from ledger.statements import layout, movements, trial_balance, yearly
from ledger.statements.spans import Span
from ledger.statements.table import Column, Kind, Table

VOLUNTARY = ("86", "87")
"""Voluntary contributions, which stand below the result."""


def title(locale: str) -> str:
    """Give the name of this statement."""
    return i18n.translate(locale, "Income statement")


def draw(session: Session, book_id: int, span: Span, locale: str, *, known_at: int | None = None) -> Table:
    """Draw the statement from the caller's snapshot.

    Raises:
        UnknownBook.
        NoLayout: the book's chart has none.
    """
    book = movements.book_of(session, book_id)
    form = layout.load(book.chart, "income_statement")
    columns = [
        form.fill(
            yearly.moved(trial_balance.read(session, book_id, days, known_at=known_at), *yearly.RESULT, *VOLUNTARY)
        )
        for days in (span, _year_before(span))
    ]
    return Table(
        name=i18n.translate(locale, "income-statement"),
        title=title(locale),
        start=span.start,
        end=span.end,
        currency=book.currency,
        columns=(
            Column(i18n.translate(locale, "Line")),
            Column(i18n.translate(locale, "Period"), Kind.AMOUNT),
            Column(i18n.translate(locale, "A year before"), Kind.AMOUNT),
        ),
        rows=yearly.rows(form, columns, locale, book.currency),
    )


def _year_before(span: Span) -> Span:
    return Span(*(_same_day(day) for day in (span.start, span.end)))


def _same_day(day: date) -> date:
    """Give the day a year before; the last of February stays the last."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
