"""Movements of a book: its postings of a span, with the balances that they start from, read by one query.

Only accounts in the currency of the book are told of, as amounts of two currencies never add up. With `known_at`, the
number of a seal, only what was sealed there or before is read; the seal of each entry is then looked up. Account by
account, the closing entries of a span are left out, as in the trial balance; the journal has every entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.books import balances
from ledger.books.models import Account, Book, Entry, Posting
from ledger.books.periods import CLOSING
from ledger.books.refusals import UnknownBook
from ledger.money import Money
from ledger.statements import contributors
from ledger.statements.spans import Span

CHUNK: Final = 1000
"""How many movements are held at once."""


@dataclass(frozen=True, slots=True)
class Movement:
    """A posting, or with `day` none the balance of what came before the span."""

    account: str
    account_label: str
    contributor: str
    name: str
    day: date | None
    entry_id: int
    journal: str
    source: str
    memo: str
    project: str
    amount: Money


def book_of(session: Session, book_id: int) -> Book:
    """Give a book.

    Raises:
        UnknownBook.
    """
    book = session.get(Book, book_id)
    if book is None:
        raise UnknownBook(book_id=book_id)
    return book


def known(book: Book, known_at: int | None) -> list[sa.ColumnElement[bool]]:
    """Say in SQL which postings a statement knows: all of them, or those of the seals up to one."""
    return [] if known_at is None else [balances.known(Posting.entry_id, book.id, known_at)]


def in_order(
    session: Session, book: Book, span: Span, *, known_at: int | None = None, prefix: str = ""
) -> Iterator[Movement]:
    """Read the postings of a span, entry by entry in the order of their days; with a prefix, of its accounts alone."""
    statement = _during(book, span, known_at)
    if prefix:
        statement = statement.where(Account.code.startswith(prefix))
    return _read(session, statement.order_by(Posting.effective_on, Posting.entry_id, Posting.n), book.currency)


def by_account(session: Session, book: Book, span: Span, *, known_at: int | None = None) -> Iterator[Movement]:
    """Read account by account: what came before, if it is not nothing, then the postings of the span."""
    before = _before(book, span, sa.literal("").label("contributor"), Account.id).where(*known(book, known_at))
    during = _during(book, span, known_at).where(Entry.journal != CLOSING)
    return _ordered(session, book, before.union_all(during).subquery(), "code")


def by_contributor(session: Session, book: Book, span: Span, *, known_at: int | None = None) -> Iterator[Movement]:
    """Read what names a contributor, contributor by contributor and account by account."""
    named = Posting.contributor != ""
    before = _before(book, span, Posting.contributor, Account.id, Posting.contributor)
    before = before.where(named, *known(book, known_at))
    during = _during(book, span, known_at).where(named)
    return _ordered(session, book, before.union_all(during).subquery(), "contributor", "code")


def _postings(book: Book, known_at: int | None) -> sa.Select[Any]:
    columns: tuple[Any, ...] = (
        Account.code,
        Account.label,
        Posting.contributor,
        Posting.effective_on,
        Posting.entry_id,
        Posting.n,
        Entry.journal,
        Entry.source,
        Entry.memo,
        Posting.project,
        Posting.amount,
    )
    return (
        sa.select(*columns)
        .join(Posting, Posting.account_id == Account.id)
        .join(Entry, Entry.id == Posting.entry_id)
        .where(Account.book_id == book.id, Account.currency == book.currency, *known(book, known_at))
    )


def _before(book: Book, span: Span, contributor: Any, *keys: Any) -> sa.Select[Any]:
    """Add up what came before a span, in the columns of a posting."""
    total = sa.func.sum(Posting.amount)
    columns: tuple[Any, ...] = (
        Account.code,
        Account.label,
        contributor,
        sa.cast(sa.null(), sa.Date).label("effective_on"),
        sa.literal(0).label("entry_id"),
        sa.literal(0).label("n"),
        *(sa.literal("").label(name) for name in ("journal", "source", "memo", "project")),
        sa.cast(total, sa.BigInteger).label("amount"),
    )
    return (
        sa.select(*columns)
        .join(Posting, Posting.account_id == Account.id)
        .where(Account.book_id == book.id, Account.currency == book.currency, Posting.effective_on < span.start)
        .group_by(*keys)
        .having(total != 0)
    )


def _during(book: Book, span: Span, known_at: int | None) -> sa.Select[Any]:
    return _postings(book, known_at).where(Posting.effective_on.between(span.start, span.end))


def _ordered(session: Session, book: Book, union: sa.Subquery, *keys: str) -> Iterator[Movement]:
    order = [union.c[name] for name in keys]
    days = union.c.effective_on.nulls_first(), union.c.entry_id, union.c.n
    return _read(session, sa.select(union).order_by(*order, *days), book.currency)


def _read(session: Session, statement: sa.Select[Any], currency: str) -> Iterator[Movement]:
    # Closed also when nobody wants the rest, for a cursor on the server outlives its last row.
    with session.connection().execute(statement.execution_options(yield_per=CHUNK)) as result:
        for rows in result.partitions():
            names = contributors.names(session, {row.contributor for row in rows if row.contributor})
            for row in rows:
                yield Movement(
                    account=row.code,
                    account_label=row.label,
                    contributor=row.contributor,
                    name=names.get(row.contributor, row.contributor),
                    day=row.effective_on,
                    entry_id=row.entry_id,
                    journal=row.journal,
                    source=row.source,
                    memo=row.memo,
                    project=row.project,
                    amount=Money(row.amount, currency),
                )
