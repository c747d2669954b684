"""The balance sheet (bilan) at the end of a span's last day, beside the one that its accounting year opened with.

Results that no entry has brought to own funds are shown there all the same: that of the year on its own line,
earlier ones as brought forward. So both sides agree on any day, whether years were closed or not. What closing
entries brought to the accounts of the result is shown in the same way, so a closing changes nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from ledger import i18n
from ledger.books import balances, closing
from ledger.books.models import Book
from ledger.statements import layout, movements, spans, yearly
from ledger.statements.layout import Layout
from ledger.statements.spans import ONE_DAY, Span
from ledger.statements.table import Column, Kind, Table

RESULT = "12"
"""The accounts of results: that of the year until the next one closes, or a meeting decides what becomes of it."""


def title(locale: str) -> str:
    """Give the name of this statement."""
    return i18n.translate(locale, "Balance sheet")


def draw(session: Session, book_id: int, span: Span, locale: str, *, known_at: int | None = None) -> Table:
    """Draw the statement from the caller's snapshot.

    Raises:
        UnknownBook.
        NoLayout: the book's chart has none.
    """
    book = movements.book_of(session, book_id)
    form = layout.load(book.chart, "balance_sheet")
    opened = spans.year_around(session, book_id, span.end).start - ONE_DAY
    columns = [_fill(session, book, form, day, known_at) for day in (span.end, opened)]
    return Table(
        name=i18n.translate(locale, "balance-sheet"),
        title=title(locale),
        start=span.start,
        end=span.end,
        currency=book.currency,
        columns=(
            Column(i18n.translate(locale, "Line")),
            *(
                Column(
                    i18n.translate(locale, "On %(day)s", day=i18n.format_day(day, locale, style="short")), Kind.AMOUNT
                )
                for day in (span.end, opened)
            ),
        ),
        rows=yearly.rows(form, columns, locale, book.currency),
    )


def _fill(session: Session, book: Book, form: Layout, day: date, known_at: int | None) -> tuple[int | None, ...]:
    year = spans.year_around(session, book.id, day)
    at = _balances(session, book, day, known_at)
    before = _balances(session, book, year.start - ONE_DAY, known_at)
    closed = closing.of_span(session, book.id, year.start, day, known_at=known_at)
    brought = {code: (debits - credits_).minor for code, (debits, credits_) in closed.items()}
    of_year = _sum(at, *yearly.RESULT) - _sum(before, *yearly.RESULT) - _sum(brought, *yearly.RESULT)
    earlier = _sum(at, *yearly.RESULT, RESULT) - of_year
    kept = {
        code: balance for code, balance in at.items() if code.startswith(yearly.KEPT) and not code.startswith(RESULT)
    }
    return form.fill(kept, {"earlier": earlier, "year": of_year})


def _sum(amounts: Mapping[str, int], *prefixes: str) -> int:
    return sum(amount for code, amount in amounts.items() if code.startswith(prefixes))


def _balances(session: Session, book: Book, day: date, known_at: int | None) -> dict[str, int]:
    rows = balances.trial(session, book.id, as_of=day, known_at=known_at)
    return {row.account: row.balance.minor for row in rows if row.balance.currency == book.currency}
