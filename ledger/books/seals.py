"""Seals: in the background, entries get their number for good and are hashed, batch by batch, into a chain.

A number has no gap in its journal and period. Whoever kept one seal's hash (a receipt, a newspaper, the public
page) can tell that no entry up to it was altered since, even by the owner of the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
from ledger.books.refusals import NotSealed, UnknownEntry, UnknownSeal

BATCH: Final = 4096
"""The most entries in a seal: a proof then has twelve hashes at most."""

Line: TypeAlias = Sequence[Any]
"""Account, minor units, currency, project, contributor."""


class _Found(NamedTuple):
    """An entry as it stands: its header, and its lines."""

    header: Any
    lines: list[Line]

    def numbered(self, number: int) -> SealedEntry:
        """Give all that is sealed of it."""
        header = self.header
        return SealedEntry(
            header.id,
            header.journal,
            number,
            header.starts_on,
            header.effective_on,
            header.occurred_on,
            header.recorded_at,
            header.source,
            header.memo,
            header.details,
            header.reverses_id,
            self.lines,
        )


def seal(session: Session, *, now: datetime, batch: int = BATCH) -> tuple[Seal, ...]:
    """Seal all entries that are final: those below the oldest running transaction; return the new seals.

    Called in a writing transaction of its own; a second sealer waits and finds nothing left.
    """
    low, high = _range(session)
    after = _before_first(session, low, high)
    sealed = []
    while after is not None and (found := _unsealed(session, low, high, after=after, limit=batch)):
        after = found[-1].header.id
        by_book = groupby(sorted(found, key=_book_of), key=_book_of)
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
    content = found[0].numbered(place.number).content()
    return Proof(content, place.position, merkle.path(leaves, place.position), own, tuple(others))


def with_hash(session: Session, seal_hash: bytes) -> Seal:
    """Find a seal by its hash, which somebody kept.

    Raises:
        UnknownSeal: none has it, or the one that had it was altered.
    """
    row = session.execute(_columns().where(SealTable.hash == seal_hash)).one_or_none()
    if row is None or _seal(row).hash() != seal_hash:
        raise UnknownSeal(seal=seal_hash.hex())
    return _seal(row)


def problems(session: Session, book_id: int, *, since: int = 0) -> Iterator[Problem]:
    """Hash every sealed entry anew and follow the chain: what was altered is named.

    The whole chain is followed, but entries are hashed only from the seal after `since` on.
    """
    previous, sequence = FIRST, 0
    for row in session.execute(_seals_of(book_id)).all():
        sequence += 1
        as_it_stands = _seal(row)
        if (row.sequence, row.previous, row.hash) != (sequence, previous, as_it_stands.hash()):
            yield Problem("seal_broken", "seal", row.sequence)
        previous, sequence = row.hash, row.sequence
        if sequence > since:
            yield from _problems_of_seal(session, as_it_stands)


def _problems_of_seal(session: Session, sealed: Seal) -> Iterator[Problem]:
    here = sa.and_(EntrySeal.book_id == sealed.book_id, EntrySeal.sequence == sealed.sequence)
    places = (
        session.connection()
        .execute(
            sa.select(EntrySeal.entry_id, EntrySeal.number, EntrySeal.leaf).where(here).order_by(EntrySeal.position)
        )
        .all()
    )
    ids = sa.select(EntrySeal.entry_id).where(here)
    entries = {found.header.id: found for found in _entries(session, Entry.id.in_(ids))}
    for entry_id, number, leaf in places:
        found = entries.get(entry_id)
        if found is None:
            yield Problem("sealed_entry_missing", "entry", entry_id)
        elif merkle.leaf(found.numbered(number).content()) != leaf:
            yield Problem("sealed_entry_altered", "entry", entry_id, found.header.source)
    if len(places) != sealed.size or merkle.root([leaf for _, _, leaf in places]) != sealed.root:
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
    headers = session.connection().execute(
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
    )
    found = [_Found(header, []) for header in headers.all()]
    _add_lines(session, which, {one.header.id: one.lines.append for one in found})
    return found


def _add_lines(session: Session, which: sa.ColumnElement[bool], add: Mapping[int, Callable[[Line], None]]) -> None:
    """Read the lines of entries, straight from the connection: a session would look at each value."""
    rows = session.connection().execute(
        sa.select(
            Posting.entry_id, Account.code, Posting.amount, Account.currency, Posting.project, Posting.contributor
        )
        .join(Account, Account.id == Posting.account_id)
        .join(Entry, Entry.id == Posting.entry_id)
        .where(which)
        .order_by(Posting.entry_id, Posting.n)
    )
    for entry_id, *line in rows.all():  # fetched at once: one by one takes twice as long
        if entry_id in add:  # else its header is out of joint, which is told when the header is missed
            add[entry_id](line)


def _book_of(found: _Found) -> int:
    return int(found.header.book_id)


def _seal_book(session: Session, book_id: int, found: Sequence[_Found], *, now: datetime) -> Seal:
    """Number and hash entries of one book, and write their leaves, then their seal."""
    before = head(session, book_id)
    sequence = before.sequence + 1 if before else 1
    rows: list[dict[str, Any]] = []
    numbers: dict[tuple[str, int], int] = {}
    for position, one in enumerate(found):
        series = (one.header.journal, one.header.period_id)
        if series not in numbers:
            numbers[series] = _last_number(session, book_id, *series)
        numbers[series] += 1
        rows.append(
            {
                "entry_id": one.header.id,
                "book_id": book_id,
                "sequence": sequence,
                "position": position,
                "journal": one.header.journal,
                "period_id": one.header.period_id,
                "number": numbers[series],
                "leaf": merkle.leaf(one.numbered(numbers[series]).content()),
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
    return _columns().where(SealTable.book_id == book_id).order_by(SealTable.sequence)


def _columns() -> sa.Select[*tuple[Any, ...]]:
    return sa.select(
        SealTable.book_id,
        SealTable.sequence,
        SealTable.size,
        SealTable.root,
        SealTable.previous,
        SealTable.sealed_at,
        SealTable.hash,
    )


def _seal(row: Any) -> Seal:
    return Seal(row.book_id, row.sequence, row.size, row.root, row.previous, row.sealed_at)
