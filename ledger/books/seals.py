"""Seals: in the background, entries get their number for good and are hashed, batch by batch, into a chain.

A number has no gap in its journal and period. Whoever kept one seal's hash (a receipt, a newspaper, the public
page) can tell that no entry up to it was altered since, even by the owner of the database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any, Final, NamedTuple, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.books import merkle
from ledger.books.models import Account, Entry, EntrySeal, Period, Posting, SealState
from ledger.books.models import Seal as SealTable
from ledger.books.problems import Problem
from ledger.books.proofs import FIRST, Proof, Seal, SealedEntry
from ledger.books.refusals import NotSealed, UnknownEntry

BATCH: Final = 4096
"""The most entries in a seal: a proof then has twelve hashes at most."""

Line: TypeAlias = tuple[str, int, str, str, str]


class _Found(NamedTuple):
    """An entry as it stands, without its number, and where it belongs."""

    book_id: int
    period_id: int
    entry: SealedEntry


def seal(session: Session, *, now: datetime, batch: int = BATCH) -> tuple[Seal, ...]:
    """Seal all entries that are final: those below the oldest running transaction; return the new seals.

    Called in a writing transaction of its own; a second sealer waits and finds nothing left.
    """
    low, high = _range(session)
    after = _before_first(session, low, high)
    sealed = []
    while after is not None and (found := _unsealed(session, low, high, after=after, limit=batch)):
        after = found[-1].entry.id
        by_book = groupby(sorted(found, key=lambda one: one.book_id), key=lambda one: one.book_id)
        sealed += [_seal_book(session, book_id, list(of_book), now=now) for book_id, of_book in by_book]
    session.execute(sa.update(SealState).values(upto=high))
    return tuple(sealed)


def chain(session: Session, book_id: int) -> tuple[Seal, ...]:
    """Give all seals of a book, the first one first: what is published."""
    return tuple(_seal(row) for row in session.execute(_seals_of(book_id)))


def head(session: Session, book_id: int) -> Seal | None:
    """Give a book's newest seal; a statement names it, so that it can be drawn again."""
    newest = _seals_of(book_id).order_by(None).order_by(SealTable.sequence.desc()).limit(1)
    row = session.execute(newest).one_or_none()
    return _seal(row) if row else None


def number_of(session: Session, entry_id: int) -> int:
    """Give an entry's number in its journal and period.

    Raises:
        NotSealed: it has none yet.
    """
    number = session.scalar(sa.select(EntrySeal.number).where(EntrySeal.entry_id == entry_id))
    if number is None:
        raise NotSealed(entry_id=entry_id)
    return number


def prove(session: Session, entry_id: int) -> Proof:
    """Give the proof that an entry is sealed, with every seal from its own to the newest.

    Raises:
        UnknownEntry.
        NotSealed: it waits for the next seal.
    """
    place = session.execute(
        sa.select(EntrySeal.book_id, EntrySeal.sequence, EntrySeal.position, EntrySeal.number).where(
            EntrySeal.entry_id == entry_id
        )
    ).one_or_none()
    found = _entries(session, Entry.id == entry_id)
    if not found:
        raise UnknownEntry(entry_id=entry_id)
    if place is None:
        raise NotSealed(entry_id=entry_id)
    leaves = session.scalars(
        sa.select(EntrySeal.leaf)
        .where(EntrySeal.book_id == place.book_id, EntrySeal.sequence == place.sequence)
        .order_by(EntrySeal.position)
    ).all()
    later = session.execute(_seals_of(place.book_id).where(SealTable.sequence >= place.sequence))
    own, *others = (_seal(row) for row in later)
    content = replace(found[0].entry, number=place.number).content()
    return Proof(content, place.position, merkle.path(leaves, place.position), own, tuple(others))


def problems(session: Session, book_id: int) -> Iterator[Problem]:
    """Hash every sealed entry anew and follow the chain: what was altered is named."""
    previous, sequence = FIRST, 0
    for row in session.execute(_seals_of(book_id)).all():
        sequence += 1
        as_it_stands = _seal(row)
        if (row.sequence, row.previous, row.hash) != (sequence, previous, as_it_stands.hash()):
            yield Problem("seal_broken", "seal", row.sequence)
        previous, sequence = row.hash, row.sequence
        yield from _problems_of_seal(session, as_it_stands)


def _problems_of_seal(session: Session, sealed: Seal) -> Iterator[Problem]:
    here = sa.and_(EntrySeal.book_id == sealed.book_id, EntrySeal.sequence == sealed.sequence)
    places = session.execute(
        sa.select(EntrySeal.entry_id, EntrySeal.number, EntrySeal.leaf).where(here).order_by(EntrySeal.position)
    ).all()
    ids = sa.select(EntrySeal.entry_id).where(here)
    entries = {found.entry.id: found.entry for found in _entries(session, Entry.id.in_(ids))}
    for place in places:
        entry = entries.get(place.entry_id)
        if entry is None:
            yield Problem("sealed_entry_missing", "entry", place.entry_id)
        elif merkle.leaf(replace(entry, number=place.number).content()) != place.leaf:
            yield Problem("sealed_entry_altered", "entry", place.entry_id, entry.source)
    if len(places) != sealed.size or merkle.root([place.leaf for place in places]) != sealed.root:
        yield Problem("seal_root_wrong", "seal", sealed.sequence)


def _range(session: Session) -> tuple[int, int]:
    """Give the first epoch that may hold unsealed entries, and the first that may still change."""
    low = session.scalars(sa.select(SealState.upto).with_for_update()).one()
    if session.get_bind().dialect.name == "sqlite":
        high = sa.select(sa.func.coalesce(sa.func.max(Entry.id), 0) + 1)
    else:
        high = sa.select(sa.text("pg_snapshot_xmin(pg_current_snapshot())::text::bigint"))
    return low, max(low, session.scalars(high).one())


def _before_first(session: Session, low: int, high: int) -> int | None:
    """Give the id before the first entry of the range; found by epoch, so that sealed entries are not read again."""
    inside = sa.select(Entry.id).where(Entry.epoch >= low, Entry.epoch < high).offset(0).subquery()
    first = session.scalar(sa.select(sa.func.min(inside.c.id)))
    return None if first is None else first - 1


def _unsealed(session: Session, low: int, high: int, *, after: int, limit: int) -> Sequence[_Found]:
    """Read the next entries of the range that have no seal yet, in the order of their ids."""
    sealed = sa.select(EntrySeal.entry_id).where(EntrySeal.entry_id == Entry.id).exists()
    ids = (
        sa.select(Entry.id)
        .where(Entry.id > after, Entry.epoch >= low, Entry.epoch < high, ~sealed)
        .order_by(Entry.id)
        .limit(limit)
    )
    return _entries(session, Entry.id.in_(ids))


def _entries(session: Session, which: sa.ColumnElement[bool]) -> list[_Found]:
    headers = session.execute(
        sa.select(
            Entry.id,
            Entry.book_id,
            Entry.period_id,
            Entry.journal,
            Period.starts_on,
            Entry.effective_on,
            Entry.occurred_on,
            Entry.recorded_at,
            Entry.source,
            Entry.memo,
            Entry.details,
            Entry.reverses_id,
        )
        .join(Period, Period.id == Entry.period_id)
        .where(which)
        .order_by(Entry.id)
    ).all()
    lines = _lines(session, which)
    return [_Found(row.book_id, row.period_id, _sealed_entry(row, lines[row.id])) for row in headers]


def _lines(session: Session, which: sa.ColumnElement[bool]) -> dict[int, list[Line]]:
    lines: dict[int, list[Line]] = defaultdict(list)
    for entry_id, *line in session.execute(
        sa.select(
            Posting.entry_id, Account.code, Posting.amount, Account.currency, Posting.project, Posting.contributor
        )
        .join(Account, Account.id == Posting.account_id)
        .join(Entry, Entry.id == Posting.entry_id)
        .where(which)
        .order_by(Posting.entry_id, Posting.n)
    ):
        lines[entry_id].append(tuple(line))  # type: ignore[arg-type]
    return lines


def _sealed_entry(row: Any, lines: Sequence[Line]) -> SealedEntry:
    return SealedEntry(
        id=row.id,
        journal=row.journal,
        number=0,
        period_starts_on=row.starts_on,
        effective_on=row.effective_on,
        occurred_on=row.occurred_on,
        recorded_at=row.recorded_at,
        source=row.source,
        memo=row.memo,
        details=row.details,
        reverses_id=row.reverses_id,
        lines=tuple(lines),
    )


def _seal_book(session: Session, book_id: int, found: Sequence[_Found], *, now: datetime) -> Seal:
    """Number and hash entries of one book, and write their leaves, then their seal."""
    before = head(session, book_id)
    sequence = before.sequence + 1 if before else 1
    rows: list[dict[str, Any]] = []
    numbers: dict[tuple[str, int], int] = {}
    for position, one in enumerate(found):
        series = (one.entry.journal, one.period_id)
        if series not in numbers:
            numbers[series] = _last_number(session, book_id, *series)
        numbers[series] += 1
        rows.append(
            {
                "entry_id": one.entry.id,
                "book_id": book_id,
                "sequence": sequence,
                "position": position,
                "journal": one.entry.journal,
                "period_id": one.period_id,
                "number": numbers[series],
                "leaf": merkle.leaf(replace(one.entry, number=numbers[series]).content()),
            }
        )
    sealed = Seal(
        book_id=book_id,
        sequence=sequence,
        size=len(rows),
        root=merkle.root([row["leaf"] for row in rows]),
        previous=before.hash() if before else FIRST,
        sealed_at=now,
    )
    connection = session.connection()
    connection.execute(sa.insert(EntrySeal), rows)
    connection.execute(
        sa.insert(SealTable).values(
            book_id=book_id,
            sequence=sequence,
            size=sealed.size,
            root=sealed.root,
            previous=sealed.previous,
            hash=sealed.hash(),
            sealed_at=now,
        )
    )
    return sealed


def _last_number(session: Session, book_id: int, journal: str, period_id: int) -> int:
    return (
        session.scalar(
            sa.select(sa.func.max(EntrySeal.number)).where(
                EntrySeal.book_id == book_id, EntrySeal.journal == journal, EntrySeal.period_id == period_id
            )
        )
        or 0
    )


def _seals_of(book_id: int) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            SealTable.book_id,
            SealTable.sequence,
            SealTable.size,
            SealTable.root,
            SealTable.previous,
            SealTable.sealed_at,
            SealTable.hash,
        )
        .where(SealTable.book_id == book_id)
        .order_by(SealTable.sequence)
    )


def _seal(row: Any) -> Seal:
    return Seal(row.book_id, row.sequence, row.size, row.root, row.previous, row.sealed_at)
