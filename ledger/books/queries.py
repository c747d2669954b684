"""What others may read of entries without touching the tables: frozen rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from ledger.books.models import Account, Entry, Posting
from ledger.money import Money


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of an entry; debits are positive."""

    n: int
    account: str
    label: str
    money: Money
    project: str
    contributor: str


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry with its lines. `reversed_by` is the id of the entry that undid it."""

    id: int
    book_id: int
    journal: str
    effective_on: date
    occurred_on: date
    recorded_at: datetime
    source: str
    memo: str
    details: Mapping[str, str]
    reverses_id: int | None
    reversed_by: int | None
    lines: tuple[LineRow, ...]


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account of a book; it takes no entry of a day after `closed_on`."""

    code: str
    label: str
    kind: str
    currency: str
    closed_on: date | None


@dataclass(frozen=True, slots=True)
class MovementRow:
    """One posting of a project, with what its entry says of it."""

    entry_id: int
    source: str
    memo: str
    effective_on: date
    line: LineRow


def entry(session: Session, entry_id: int) -> EntryRow | None:
    """Read an entry by its id."""
    found = _entries(session, Entry.id == entry_id)
    return found[0] if found else None


def by_source(session: Session, book_id: int, source: str) -> EntryRow | None:
    """Read the entry that a source was posted as."""
    found = _entries(session, sa.and_(Entry.book_id == book_id, Entry.source == source))
    return found[0] if found else None


def by_contributor(session: Session, book_id: int, contributor: str) -> tuple[EntryRow, ...]:
    """Read the entries that name a contributor, in the order of their days."""
    named = sa.select(Posting.entry_id).where(Posting.contributor == contributor)
    return _entries(session, sa.and_(Entry.book_id == book_id, Entry.id.in_(named)))


def of_project(
    session: Session, book_id: int, project: str, *, start: date | None = None, end: date | None = None
) -> tuple[MovementRow, ...]:
    """Read a project's postings from the first day to the last, both included, in the order of their days."""
    statement = (
        sa.select(Entry.id, Entry.source, Entry.memo, Posting.effective_on, *_LINE)
        .join(Posting, Posting.entry_id == Entry.id)
        .join(Account, Account.id == Posting.account_id)
        .where(Entry.book_id == book_id, Posting.project == project)
        .order_by(Posting.effective_on, Entry.id, Posting.n)
    )
    if start is not None:
        statement = statement.where(Posting.effective_on >= start)
    if end is not None:
        statement = statement.where(Posting.effective_on <= end)
    return tuple(
        MovementRow(row.id, row.source, row.memo, row.effective_on, _line(row)) for row in session.execute(statement)
    )


_LINE = (Posting.n, Account.code, Account.label, Account.currency, Posting.amount, Posting.project, Posting.contributor)


def _line(row: sa.Row[*tuple[Any, ...]]) -> LineRow:
    return LineRow(row.n, row.code, row.label, Money(row.amount, row.currency), row.project, row.contributor)


def _entries(session: Session, which: sa.ColumnElement[bool]) -> tuple[EntryRow, ...]:
    undoing = aliased(Entry)
    headers: Sequence[Any] = session.execute(
        sa.select(Entry, undoing.id)
        .outerjoin(undoing, undoing.reverses_id == Entry.id)
        .where(which)
        .order_by(Entry.effective_on, Entry.id)
    ).all()
    lines: dict[int, list[LineRow]] = {header[0].id: [] for header in headers}
    for row in session.execute(
        sa.select(Posting.entry_id, *_LINE)
        .join(Account, Account.id == Posting.account_id)
        .join(Entry, Entry.id == Posting.entry_id)
        .where(which)
        .order_by(Posting.entry_id, Posting.n)
    ):
        lines[row.entry_id].append(_line(row))
    return tuple(
        EntryRow(
            id=header.id,
            book_id=header.book_id,
            journal=header.journal,
            effective_on=header.effective_on,
            occurred_on=header.occurred_on,
            recorded_at=header.recorded_at,
            source=header.source,
            memo=header.memo,
            details=dict(header.details),
            reverses_id=header.reverses_id,
            reversed_by=reversed_by,
            lines=tuple(lines[header.id]),
        )
        for header, reversed_by in headers
    )


def accounts(session: Session, book_id: int) -> tuple[AccountRow, ...]:
    """List the accounts of a book, in the order of their codes."""
    columns = (Account.code, Account.label, Account.kind, Account.currency, Account.closed_on)
    rows = session.execute(sa.select(*columns).where(Account.book_id == book_id).order_by(Account.code))
    return tuple(AccountRow(*row) for row in rows)


def contributors_known(session: Session, book_id: int, references: Collection[str]) -> frozenset[str]:
    """Tell which of these contributors a book has postings of."""
    named = sa.select(Posting.contributor).distinct().join(Account, Account.id == Posting.account_id)
    here = named.where(Account.book_id == book_id, Posting.contributor.in_(references), Posting.contributor != "")
    return frozenset(session.scalars(here))


def has_entries_before(session: Session, book_id: int, day: date) -> bool:
    """Tell whether anything was posted for a day before this one."""
    earlier = sa.select(Entry.id).where(Entry.book_id == book_id, Entry.effective_on < day)
    return session.scalar(sa.select(earlier.exists())) or False


def count_entries(session: Session, book_id: int | None = None) -> int:
    """Count the entries of one book, or of all of them."""
    count = sa.select(sa.func.count()).select_from(Entry)
    return int(session.scalar(count if book_id is None else count.where(Entry.book_id == book_id)) or 0)
