"""What is public of a book: its seals, and how many entries wait for the next one. No amount, no name."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.books.models import Entry, SealState
from ledger.books.models import Seal as SealTable
from ledger.books.proofs import Seal
from ledger.books.refusals import UnknownSeal

LARGEST_ID: Final = 2**63 - 1
LARGEST_SEQUENCE: Final = 2**31 - 1

_SEALS = sa.select(
    SealTable.book_id,
    SealTable.sequence,
    SealTable.size,
    SealTable.root,
    SealTable.previous,
    SealTable.sealed_at,
)


def seal(session: Session, book_id: int, sequence: int) -> Seal:
    """Give one seal of a book by its number.

    Raises:
        UnknownSeal: the book has none of this number.
    """
    possible = 0 < book_id <= LARGEST_ID and 0 < sequence <= LARGEST_SEQUENCE  # else a database may not take it
    here = _SEALS.where(SealTable.book_id == book_id, SealTable.sequence == sequence)
    found = _read(session, here) if possible else ()
    if not found:
        raise UnknownSeal(sequence=sequence)
    return found[0]


def seals_after(session: Session, book_id: int, sequence: int, *, limit: int) -> tuple[Seal, ...]:
    """Give the seals that follow one, the oldest first; all of them follow number 0."""
    later = _SEALS.where(SealTable.book_id == book_id, SealTable.sequence > sequence)
    return _read(session, later.order_by(SealTable.sequence).limit(limit))


def seals_before(session: Session, book_id: int, sequence: int | None, *, limit: int) -> tuple[Seal, ...]:
    """Give the seals before one, or the newest there are, the newest first."""
    earlier = _SEALS.where(SealTable.book_id == book_id)
    if sequence is not None:
        earlier = earlier.where(SealTable.sequence < sequence)
    return _read(session, earlier.order_by(SealTable.sequence.desc()).limit(limit))


def newest(session: Session, book_ids: Collection[int]) -> dict[int, Seal]:
    """Give the newest seal of each of some books that have one."""
    last = (
        sa.select(SealTable.book_id, sa.func.max(SealTable.sequence).label("sequence"))
        .where(SealTable.book_id.in_(book_ids))
        .group_by(SealTable.book_id)
        .subquery()
    )
    here = sa.and_(SealTable.book_id == last.c.book_id, SealTable.sequence == last.c.sequence)
    return {one.book_id: one for one in _read(session, _SEALS.join(last, here))}


def waiting(session: Session, book_id: int) -> int:
    """Count the entries of a book that no seal has yet; it costs what was posted since the last sealing."""
    sqlite = session.get_bind().dialect.name == "sqlite"  # there an epoch is an id, and an id is what is indexed
    horizon = sa.select(SealState.upto).scalar_subquery()
    after = (Entry.id if sqlite else Entry.epoch) >= horizon
    # The book is looked at last: an index by book would lead through all of its entries.
    ours = sa.func.sum(sa.case((Entry.book_id == book_id, 1), else_=0))
    return int(session.scalar(sa.select(ours).where(after)) or 0)


def _read(session: Session, statement: sa.Select[*tuple[Any, ...]]) -> tuple[Seal, ...]:
    return tuple(Seal(*row) for row in session.execute(statement))
