"""The journal (livre-journal): every movement of a span, entry by entry in the order of their days.

The journal of voluntary contributions is that of class 8 alone, which the entries file for the tax office leaves out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from ledger import i18n, money
from ledger.statements import movements, running, words
from ledger.statements.movements import Movement
from ledger.statements.spans import Span
from ledger.statements.table import Column, Kind, Row, Table, Tone

VOLUNTARY: Final = "8"
"""The class of voluntary contributions in kind."""


def title(locale: str) -> str:
    """Give the name of this statement."""
    return i18n.translate(locale, "Journal")


def voluntary_title(locale: str) -> str:
    """Give the name of the journal of voluntary contributions."""
    return i18n.translate(locale, "Journal of voluntary contributions")


def draw(session: Session, book_id: int, span: Span, locale: str, *, known_at: int | None = None) -> Table:
    """Draw the journal from the caller's snapshot, which has to last until the rows are read.

    Raises:
        UnknownBook.
    """
    return _draw(session, book_id, span, locale, known_at=known_at)


def draw_voluntary(session: Session, book_id: int, span: Span, locale: str, *, known_at: int | None = None) -> Table:
    """Draw the journal of voluntary contributions from the caller's snapshot, as above.

    Raises:
        UnknownBook.
    """
    table = _draw(session, book_id, span, locale, known_at=known_at, prefix=VOLUNTARY)
    return replace(table, name=i18n.translate(locale, "voluntary-contributions"), title=voluntary_title(locale))


def _draw(session: Session, book_id: int, span: Span, locale: str, *, known_at: int | None, prefix: str = "") -> Table:
    book = movements.book_of(session, book_id)
    read = movements.in_order(session, book, span, known_at=known_at, prefix=prefix)
    return Table(
        name=i18n.translate(locale, "journal"),
        title=title(locale),
        start=span.start,
        end=span.end,
        currency=book.currency,
        columns=(
            Column(i18n.translate(locale, "Day"), Kind.DAY),
            Column(i18n.translate(locale, "Entry"), Kind.ENTRY),
            Column(i18n.translate(locale, "Journal"), Kind.CODE),
            Column(i18n.translate(locale, "Account"), Kind.CODE),
            Column(i18n.translate(locale, "Account name")),
            Column(i18n.translate(locale, "Piece")),
            Column(i18n.translate(locale, "Label")),
            Column(i18n.translate(locale, "Contributor"), Kind.CODE, only_in_files=True),
            Column(i18n.translate(locale, "Name"), only_in_files=True),
            Column(i18n.translate(locale, "Project"), Kind.CODE, only_in_files=True),
            Column(i18n.translate(locale, "Debit"), Kind.AMOUNT),
            Column(i18n.translate(locale, "Credit"), Kind.AMOUNT),
        ),
        rows=_rows(read, locale, book.currency),
    )


def _rows(read: Iterable[Movement], locale: str, currency: str) -> Iterator[Row]:
    memos = words.memos(locale)
    debits = credits_ = nothing = money.zero(currency)
    for movement in read:
        debit, credit = running.sides(movement.amount)
        debits, credits_ = debits + (debit or nothing), credits_ + (credit or nothing)
        yield Row(
            (
                movement.day,
                str(movement.entry_id),
                movement.journal,
                movement.account,
                movement.account_label,
                movement.source,
                memos.get(movement.memo, movement.memo),
                movement.contributor,
                movement.name,
                movement.project,
                debit,
                credit,
            )
        )
    totals = i18n.translate(locale, "Totals")
    yield Row((None, "", "", "", "", "", totals, "", "", "", debits, credits_), Tone.TOTAL)
