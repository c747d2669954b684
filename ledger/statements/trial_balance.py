"""The trial balance (balance générale): for each account what it opened with, its movements, and where it closes.

It is drawn before closing (avant clôture): the closing entries of its span are left out, so that the costs and income
of a year that is closed for good can still be read. What it opens with comes after the closings before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ledger import i18n, money
from ledger.books import balances, closing
from ledger.money import Money
from ledger.statements import movements, running
from ledger.statements.spans import ONE_DAY, Span
from ledger.statements.table import Cell, Column, Kind, Row, Table, Tone


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account in a span; opening and closing balances are positive for a debit."""

    account: str
    label: str
    kind: str
    opening: Money
    debits: Money
    credits: Money

    @property
    def closing(self) -> Money:
        """The balance at the end of the span's last day."""
        return self.opening + self.debits - self.credits


def read(session: Session, book_id: int, span: Span, *, known_at: int | None = None) -> tuple[AccountRow, ...]:
    """Read every account of the book's currency that was ever posted to, from the folded balances of two days.

    With `known_at`, the number of a seal, as known there.

    Raises:
        UnknownBook.
    """
    book = movements.book_of(session, book_id)
    opened, closed = (
        balances.trial(session, book_id, as_of=day, known_at=known_at) for day in (span.start - ONE_DAY, span.end)
    )
    before = {row.account: row for row in opened}
    nothing = balances.TrialRow("", "", "", money.zero(book.currency), money.zero(book.currency))
    left_out = closing.of_span(session, book_id, span.start, span.end, known_at=known_at)
    none = (nothing.debits, nothing.credits)
    rows = (
        AccountRow(
            account=row.account,
            label=row.label,
            kind=row.kind,
            opening=before.get(row.account, nothing).balance,
            debits=row.debits - before.get(row.account, nothing).debits - left_out.get(row.account, none)[0],
            credits=row.credits - before.get(row.account, nothing).credits - left_out.get(row.account, none)[1],
        )
        for row in closed
        if row.debits.currency == book.currency
    )
    return tuple(row for row in rows if row.account not in left_out or row.opening or row.debits or row.credits)


def title(locale: str) -> str:
    """Give the name of this statement."""
    return i18n.translate(locale, "Trial balance")


def draw(session: Session, book_id: int, span: Span, locale: str, *, known_at: int | None = None) -> Table:
    """Draw the balance from the caller's snapshot.

    Raises:
        UnknownBook.
    """
    book = movements.book_of(session, book_id)
    return Table(
        name=i18n.translate(locale, "trial-balance"),
        title=title(locale),
        start=span.start,
        end=span.end,
        currency=book.currency,
        columns=(
            Column(i18n.translate(locale, "Account"), Kind.CODE),
            Column(i18n.translate(locale, "Account name")),
            Column(i18n.translate(locale, "Opening debit"), Kind.AMOUNT),
            Column(i18n.translate(locale, "Opening credit"), Kind.AMOUNT),
            Column(i18n.translate(locale, "Debits"), Kind.AMOUNT),
            Column(i18n.translate(locale, "Credits"), Kind.AMOUNT),
            Column(i18n.translate(locale, "Closing debit"), Kind.AMOUNT),
            Column(i18n.translate(locale, "Closing credit"), Kind.AMOUNT),
        ),
        rows=_rows(read(session, book_id, span, known_at=known_at), locale, book.currency),
    )


def _rows(accounts: Iterable[AccountRow], locale: str, currency: str) -> Iterator[Row]:
    sums = [money.zero(currency)] * 6
    for account in accounts:
        amounts = (*_balance(account.opening), account.debits, account.credits, *_balance(account.closing))
        sums = [total + (amount or money.zero(currency)) for total, amount in zip(sums, amounts, strict=True)]
        cells: tuple[Cell, ...] = (account.account, account.label, *amounts)
        yield Row(cells)
    yield Row(("", i18n.translate(locale, "Totals"), *sums), Tone.TOTAL)


def _balance(balance: Money) -> tuple[Money | None, Money | None]:
    return running.sides(balance) if balance else (None, None)
