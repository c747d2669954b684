"""What checks of whole books found: a row for each, the newest of which a treasurer sees."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.books import queries, seals
from ledger.books.models import Book, Verification
from ledger.books.problems import Problem

KEPT: Final = 50
"""Problems of a check that are kept; `ecot books verify` prints them all."""


@dataclass(frozen=True, slots=True)
class VerificationRow:
    """One check of a book: how many entries and seals there were, how many problems, and the first of them."""

    id: int
    book_id: int
    started_at: datetime
    finished_at: datetime
    entries: int
    seals: int
    found: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a book a check goes through, counted in the snapshot that it reads."""

    entries: int
    seals: int


def books(session: Session) -> tuple[int, ...]:
    """Give the ids of all books."""
    return tuple(session.scalars(sa.select(Book.id).order_by(Book.id)))


def extent(session: Session, book_id: int) -> Extent:
    """Count what a check of a book goes through."""
    newest = seals.head(session, book_id)
    return Extent(queries.count_entries(session, book_id), newest.sequence if newest else 0)


def note(
    session: Session,
    book_id: int,
    problems: Sequence[Problem],
    *,
    extent: Extent,
    started_at: datetime,
    finished_at: datetime,
) -> VerificationRow:
    """Write down what a check of a book found."""
    row = Verification(
        book_id=book_id,
        started_at=started_at,
        finished_at=finished_at,
        entries=extent.entries,
        seals=extent.seals,
        found=len(problems),
        problems=[asdict(problem) for problem in problems[:KEPT]],
    )
    session.add(row)
    session.flush()  # it gets its number
    return _row(row)


def get(session: Session, verification_id: int) -> VerificationRow:
    """Give a check by its number, which is known to exist."""
    return _row(session.get_one(Verification, verification_id))


def newest(session: Session, book_ids: Collection[int]) -> dict[int, VerificationRow]:
    """Give the newest check of each of some books that were ever checked."""
    last = sa.select(sa.func.max(Verification.id)).where(Verification.book_id.in_(book_ids))
    rows = session.scalars(sa.select(Verification).where(Verification.id.in_(last.group_by(Verification.book_id))))
    return {row.book_id: _row(row) for row in rows}


def _row(row: Verification) -> VerificationRow:
    return VerificationRow(
        id=row.id,
        book_id=row.book_id,
        started_at=row.started_at,
        finished_at=row.finished_at,
        entries=row.entries,
        seals=row.seals,
        found=row.found,
        problems=tuple(_problem(each) for each in row.problems),
    )


def _problem(kept: dict[str, Any]) -> Problem:
    return Problem(kept["check"], kept["entity"], kept["id"], kept["detail"])
