"""The account of a project as its treasurer reads it: one query path for the screen, the CSV and the PDF.

The money of a project is what is posted under its name, seen from the project: all accounts but the treasury's
(class 5, which holds the same money seen from the bank), the memo accounts (class 8, which hold no money) and those of
dedicated funds, which keep for a later year what is there already.
A credit comes in, a debit goes out. Fees are lines of their own because the book has them so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger import clock, money
from ledger.books import chart as charts
from ledger.books.models import Account, Book, Entry, Posting
from ledger.errors import Invalid, NotFound
from ledger.money import Money
from ledger.statements import as_known, contributors, movements
from ledger.statements.as_known import Knowledge

TREASURY: Final = "5"
"""The class of the accounts that hold money: banks, cash, the payment provider."""

DEDICATED: Final = ("19", "689", "789")
"""The accounts of dedicated funds, of carrying over to them and of using them."""

FEES: Final = "627"
"""The accounts of banks' and providers' fees."""

MEMOS: Final = frozenset({"donation"})
"""Memos of entries that are a label by themselves."""


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One movement of a project's money: `in_` or `out`, never both, and what is there after it.

    `label` is a code: donation, fee, reversal or other. `party` is who contributed;
    without a name on record, the reference that the book knows.
    """

    day: date
    entry_id: int
    n: int
    label: str
    source: str
    party: str
    party_reference: str
    in_: Money | None
    out: Money | None
    running: Money


@dataclass(frozen=True, slots=True)
class ProjectAccount:
    """What a project's money did from `start` to `end`, both days included, as the book knew it at `drawn_at`.

    `knowledge` is the seal that it was drawn at.
    """

    project_reference: str
    start: date
    end: date
    opening: Money
    lines: tuple[AccountLine, ...]
    total_in: Money
    total_out: Money
    closing: Money
    drawn_at: datetime
    knowledge: Knowledge


class Preset(NamedTuple):
    """A period that is often asked for, by its code; without a start, from the first movement on."""

    code: str
    start: date | None
    end: date


def presets(now: datetime) -> tuple[Preset, ...]:
    """Give the usual periods; none ends after today, for a statement tells what has been."""
    today = clock.day_in_paris(now)
    month = today.replace(day=1)
    last = month - timedelta(days=1)
    return (
        Preset("this_month", month, today),
        Preset("last_month", last.replace(day=1), last),
        Preset("this_year", today.replace(month=1, day=1), today),
        Preset("all", None, today),
    )


def draw(
    session: Session,
    project_reference: str,
    book_id: int,
    *,
    start: date | None,
    end: date,
    now: datetime,
    known_at: int | None = None,
) -> ProjectAccount:
    """Draw a project's account for a period, from the caller's snapshot; without `start`, from the first movement.

    With `known_at`, the number of a seal, it is drawn as the book was known there.

    Raises:
        Invalid: `period_reversed`, the period ends before it starts.
        NotFound: no book has this id.
        UnknownSeal.
    """
    if start is not None and end < start:
        raise Invalid("period_reversed", start=start, end=end)
    book = session.get(Book, book_id)
    if book is None:
        raise NotFound("unknown_book", book_id=book_id)
    money_of_project = money_of_projects(book).where(
        Posting.project == project_reference, *movements.known(book, known_at)
    )
    opening = _sum_before(session, money_of_project, start, book.currency)
    rows = session.execute(_movements(money_of_project, start, end)).all()
    names = contributors.names(session, {row.contributor for row in rows if row.contributor})
    fees = (FEES, charts.load(book.chart).code_of("psp_fees"))
    lines = tuple(_lines(rows, opening=opening, names=names, fees=fees))
    return ProjectAccount(
        project_reference=project_reference,
        start=start or (lines[0].day if lines else end),
        end=end,
        opening=opening,
        lines=lines,
        total_in=money.total((line.in_ for line in lines if line.in_), book.currency),
        total_out=money.total((line.out for line in lines if line.out), book.currency),
        closing=lines[-1].running if lines else opening,
        drawn_at=now,
        knowledge=as_known.at(session, book_id, known_at),
    )


def money_of_projects(book: Book) -> sa.Select[Any]:
    """Choose the postings that are projects' money, in the currency of the book; the caller adds what they show."""
    return (
        sa.select()
        .select_from(Posting)
        .join(Account, Account.id == Posting.account_id)
        .where(
            Posting.project != "",
            Account.book_id == book.id,
            Account.currency == book.currency,
            Account.kind != "memo",
            ~sa.or_(*(Account.code.startswith(prefix) for prefix in (TREASURY, *DEDICATED))),
        )
    )


def _sum_before(session: Session, chosen: sa.Select[Any], start: date | None, currency: str) -> Money:
    if start is None:
        return money.zero(currency)
    before = chosen.add_columns(sa.func.sum(Posting.amount)).where(Posting.effective_on < start)
    return -Money(int(session.scalar(before) or 0), currency)


def _movements(chosen: sa.Select[Any], start: date | None, end: date) -> sa.Select[Any]:
    query = (
        chosen.join(Entry, Entry.id == Posting.entry_id)
        .add_columns(
            Posting.effective_on,
            Posting.entry_id,
            Posting.n,
            Posting.amount,
            Posting.contributor,
            Account.code,
            Account.currency,
            Entry.memo,
            Entry.source,
            Entry.reverses_id,
        )
        .where(Posting.effective_on <= end)
        # What an entry brings in comes before what it takes out: a gift, then its fee.
        .order_by(Posting.effective_on, Posting.entry_id, Posting.amount > 0, Posting.n)
    )
    return query if start is None else query.where(Posting.effective_on >= start)


def _lines(
    rows: Iterable[sa.Row[Any]], *, opening: Money, names: Mapping[str, str], fees: tuple[str, ...]
) -> Iterable[AccountLine]:
    running = opening
    for row in rows:
        gained = -Money(row.amount, row.currency)
        running += gained
        yield AccountLine(
            day=row.effective_on,
            entry_id=row.entry_id,
            n=row.n,
            label=_label(row, fees),
            source=row.source,
            party=names.get(row.contributor, row.contributor),
            party_reference=row.contributor,
            in_=gained if gained > money.zero(gained.currency) else None,
            out=-gained if gained < money.zero(gained.currency) else None,
            running=running,
        )


def _label(row: sa.Row[Any], fees: tuple[str, ...]) -> str:
    if row.reverses_id is not None:
        return "reversal"
    if row.code.startswith(fees):
        return "fee"
    return row.memo if row.memo in MEMOS else "other"
