"""The book proves itself: every invariant is asked of the tables anew, trusting nothing that refused before.

`invariants.sql` says what is always true; beyond it, every entry is read again and compared with its seal, or
with the fingerprint that it was posted with, so that what was altered behind the program's back is named.

Outer layers hand in checks of their own (`more`): that a contribution has its entry, that receipts have no gap.
Run it in `reading()`, so that all checks see the same instant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.books import seals
from ledger.books.drafts import EntryDraft, Line
from ledger.books.models import Account, Book, Entry, EntrySeal, Posting
from ledger.books.problems import Check, Problem
from ledger.errors import Invalid
from ledger.money import Money

__all__ = ["Check", "Problem", "verify"]

INVARIANTS: Final = Path(__file__).with_name("invariants.sql")

CHUNK: Final = 5000
"""How many rows are held at once while entries are read again."""


def verify(
    session: Session, book_id: int | None = None, *, since: int = 0, more: Sequence[Check] = ()
) -> tuple[Problem, ...]:
    """Check one book, or all of them, by every check of the book and by those that outer layers hand in.

    With `since`, the number of a seal of the one book whose hash was kept and compared, entries up to it are not
    hashed again; everything else is asked of the whole book all the same.
    """
    books = [book_id] if book_id is not None else session.scalars(sa.select(Book.id).order_by(Book.id)).all()
    checks: tuple[Check, ...] = (_statements, partial(seals.problems, since=since), _contents, *more)
    return tuple(problem for one in books for check in checks for problem in check(session, one))


def _invariants() -> dict[tuple[str, str], str]:
    """Read invariants.sql: check and entity, to the statement that finds what is wrong."""
    paragraphs = INVARIANTS.read_text(encoding="utf-8").split("\n\n")[1:]
    named = (paragraph.partition("\n") for paragraph in paragraphs)
    heads = ((head.removeprefix("-- ").partition(": "), statement) for head, _, statement in named)
    return {(check, entity): statement for (check, _, entity), statement in heads}


def _statements(session: Session, book_id: int) -> Iterator[Problem]:
    for (check, entity), statement in _invariants().items():
        for found, detail in session.execute(sa.text(statement), {"book": book_id}):
            yield Problem(check, entity, found, str(detail))


def _contents(session: Session, book_id: int) -> Iterator[Problem]:
    """Read every entry that has no seal yet, and compare it with the fingerprint that it was posted with."""
    sealed = sa.select(EntrySeal.entry_id).where(EntrySeal.entry_id == Entry.id).exists()
    statement = (
        sa.select(
            Entry.id,
            Entry.journal,
            Entry.occurred_on,
            Entry.source,
            Entry.reverses_id,
            Entry.request_hash,
            Account.code,
            Account.currency,
            Posting.amount,
            Posting.project,
            Posting.contributor,
        )
        .join(Posting, Posting.entry_id == Entry.id)
        .join(Account, Account.id == Posting.account_id)
        .where(Entry.book_id == book_id, ~sealed)
        .order_by(Entry.id, Posting.n)
        .execution_options(yield_per=CHUNK)
    )
    for entry_id, rows in groupby(session.execute(statement), key=lambda row: row[0]):
        entry = list(rows)
        if _fingerprint(entry) != entry[0].request_hash:
            yield Problem("content_altered", "entry", entry_id, entry[0].source)


def _fingerprint(rows: Sequence[sa.Row[*tuple[Any, ...]]]) -> bytes | None:
    """Give the fingerprint of an entry as it stands, or nothing when it cannot have been posted."""
    header = rows[0]
    day: date = header.occurred_on
    try:
        draft = EntryDraft(
            journal=header.journal,
            effective_on=day,
            source=header.source,
            memo="",
            lines=tuple(Line(row.code, Money(row.amount, row.currency), row.project, row.contributor) for row in rows),
        )
    except (Invalid, TypeError):
        return None
    return draft.fingerprint(reverses_id=header.reverses_id)
