"""The table of dedicated funds (fonds dédiés), project by project, as the annex of an association has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger import i18n, money
from ledger.books import chart as charts
from ledger.books.models import Account, Book, Posting
from ledger.money import Money
from ledger.statements import movements, spans
from ledger.statements.spans import ONE_DAY, Span
from ledger.statements.table import Column, Kind, Row, Table, Tone

FUNDS = "19"
"""The accounts of carried-over and dedicated funds."""


@dataclass(frozen=True, slots=True)
class FundRow:
    """A fund of one project: what it opened with, was given and gave; since when it is, and when it last gave."""

    account: str
    label: str
    project: str
    opening: Money
    carried: Money
    used: Money
    since: date
    last_used: date | None

    @property
    def closing(self) -> Money:
        """What is left."""
        return self.opening + self.carried - self.used


def read(session: Session, book: Book, span: Span, *, known_at: int | None = None) -> tuple[FundRow, ...]:
    """Read the funds that have or had money, by account and project; with a seal's number, as known there."""
    during = Posting.effective_on >= span.start
    spent = Posting.amount > 0
    statement = (
        sa.select(
            Account.code,
            Account.label,
            Posting.project,
            _sum(~during, -Posting.amount),
            _sum(sa.and_(during, ~spent), -Posting.amount),
            _sum(sa.and_(during, spent), Posting.amount),
            sa.func.min(Posting.effective_on),
            sa.func.max(sa.case((spent, Posting.effective_on))),
        )
        .join(Posting, Posting.account_id == Account.id)
        .where(
            Account.book_id == book.id,
            Account.currency == book.currency,
            Account.code.startswith(FUNDS),
            Posting.effective_on <= span.end,
            *movements.known(book, known_at),
        )
        .group_by(Account.id, Posting.project)
        .order_by(Account.code, Posting.project)
    )
    return tuple(
        FundRow(
            account=code,
            label=label,
            project=project,
            opening=Money(int(opening), book.currency),
            carried=Money(int(carried), book.currency),
            used=Money(int(used), book.currency),
            since=since,
            last_used=last_used,
        )
        for code, label, project, opening, carried, used, since, last_used in session.execute(statement)
    )


def _sum(which: sa.ColumnElement[bool], amount: sa.SQLColumnExpression[int]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((which, amount), else_=0))


def title(locale: str) -> str:
    """Give the name of this statement."""
    return i18n.translate(locale, "Dedicated funds")


def is_kept_by(chart: str) -> bool:
    """Whether a chart has dedicated funds: that of a company has none.

    Raises:
        UnknownChart.
    """
    return any(account.code.startswith(FUNDS) for account in charts.load(chart).accounts)


def draw(session: Session, book_id: int, span: Span, locale: str, *, known_at: int | None = None) -> Table:
    """Draw the table from the caller's snapshot.

    Raises:
        UnknownBook.
    """
    book = movements.book_of(session, book_id)
    year = spans.year_around(session, book_id, span.end)
    two_years = spans.year_around(session, book_id, year.start - ONE_DAY).start
    return Table(
        name=i18n.translate(locale, "dedicated-funds"),
        title=title(locale),
        start=span.start,
        end=span.end,
        currency=book.currency,
        columns=(
            Column(i18n.translate(locale, "Account"), Kind.CODE),
            Column(i18n.translate(locale, "Account name")),
            Column(i18n.translate(locale, "Project"), Kind.CODE),
            Column(i18n.translate(locale, "Opening balance"), Kind.AMOUNT),
            Column(i18n.translate(locale, "Carried to the fund"), Kind.AMOUNT),
            Column(i18n.translate(locale, "Used"), Kind.AMOUNT),
            Column(i18n.translate(locale, "Closing balance"), Kind.AMOUNT),
            Column(i18n.translate(locale, "Of which unused for two years"), Kind.AMOUNT),
        ),
        rows=_rows(read(session, book, span, known_at=known_at), two_years, locale, book.currency),
    )


def _rows(funds: tuple[FundRow, ...], two_years: date, locale: str, currency: str) -> Iterator[Row]:
    nothing = money.zero(currency)
    sums = [nothing] * 5
    for fund in funds:
        idle = (fund.last_used or fund.since) < two_years
        amounts = (fund.opening, fund.carried, fund.used, fund.closing, fund.closing if idle else nothing)
        sums = [total + amount for total, amount in zip(sums, amounts, strict=True)]
        yield Row((fund.account, fund.label, fund.project, *amounts))
    yield Row(("", i18n.translate(locale, "Totals"), "", *sums), Tone.TOTAL)
