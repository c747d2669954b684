"""The account of a mandate (compte du mandat): what was due to the principal, received, spent and remitted, by nature.

Receipts and expenses stand gross, as CGCT D1611-32-7 asks; the last line is the balance of the principal's accounts.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from ledger import i18n
from ledger.statements import layout, movements, trial_balance, yearly
from ledger.statements.income_statement import VOLUNTARY
from ledger.statements.spans import Span
from ledger.statements.table import Column, Kind, Table

PRINCIPAL: Final = "467210"
"""The principal's accounts: what is held for it, and below, what came and went by nature."""


def title(locale: str) -> str:
    """Give the name of this statement."""
    return i18n.translate(locale, "Mandate account")


def draw(session: Session, book_id: int, span: Span, locale: str, *, known_at: int | None = None) -> Table:
    """Draw the statement from the caller's snapshot.

    Raises:
        UnknownBook.
        NoLayout: the book's chart has none.
    """
    book = movements.book_of(session, book_id)
    form = layout.load(book.chart, "mandate_account")
    accounts = trial_balance.read(session, book_id, span, known_at=known_at)
    opening = sum(row.opening.minor for row in accounts if row.account.startswith(PRINCIPAL))
    amounts = form.fill(yearly.moved(accounts, PRINCIPAL, *VOLUNTARY), {"earlier": opening})
    return Table(
        name=i18n.translate(locale, "mandate-account"),
        title=title(locale),
        start=span.start,
        end=span.end,
        currency=book.currency,
        columns=(Column(i18n.translate(locale, "Line")), Column(i18n.translate(locale, "Period"), Kind.AMOUNT)),
        rows=yearly.rows(form, [amounts], locale, book.currency),
    )
