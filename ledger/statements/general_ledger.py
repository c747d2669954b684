"""The general ledger (grand livre): every movement of a span, account by account."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ledger import i18n
from ledger.statements import movements, running
from ledger.statements.running import Ledger
from ledger.statements.spans import Span
from ledger.statements.table import Column, Kind, Table


def title(locale: str) -> str:
    """Give the name of this statement."""
    return i18n.translate(locale, "General ledger")


def draw(session: Session, book_id: int, span: Span, locale: str, *, known_at: int | None = None) -> Table:
    """Draw the ledger from the caller's snapshot, which has to last until the rows are read.

    Raises:
        UnknownBook.
    """
    book = movements.book_of(session, book_id)
    ledger = Ledger(
        key_columns=(
            Column(i18n.translate(locale, "Account"), Kind.CODE, only_in_files=True),
            Column(i18n.translate(locale, "Account name"), only_in_files=True),
        ),
        extra_columns=(
            Column(i18n.translate(locale, "Contributor"), Kind.CODE, only_in_files=True),
            Column(i18n.translate(locale, "Name")),
            Column(i18n.translate(locale, "Project"), Kind.CODE, only_in_files=True),
        ),
        keys=lambda movement: (movement.account, movement.account_label),
        extras=lambda movement: (movement.contributor, movement.name, movement.project),
    )
    return Table(
        name=i18n.translate(locale, "general-ledger"),
        title=title(locale),
        start=span.start,
        end=span.end,
        currency=book.currency,
        columns=running.columns(ledger, locale),
        rows=running.rows(
            movements.by_account(session, book, span, known_at=known_at), ledger, span, locale, book.currency
        ),
    )
