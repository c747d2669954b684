"""The journal: `post` and `reverse` are the only writers of the book.

Every fact is posted once: its source reference makes a second posting a replay. Writing is one check here, for a
refusal in words and a transaction that goes on, and the same check again in the database, for the truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger import clock
from ledger.books import balances, periods, writing
from ledger.books.constraints import translated
from ledger.books.drafts import EntryDraft, Line
from ledger.books.models import Account, Book, Entry, Journal, Period, Posting
from ledger.books.periods import CLOSING
from ledger.books.refusals import (
    AccountClosed,
    AlreadyReversed,
    NotReversible,
    Overdrawn,
    PeriodClosed,
    SourceReused,
    UnknownAccount,
    UnknownBook,
    UnknownEntry,
    UnknownJournal,
    WrongCurrency,
)
from ledger.money import Money


@dataclass(frozen=True, slots=True)
class Posted:
    """What posting gave: the entry, and whether it had been posted before."""

    entry_id: int
    replayed: bool


def post(session: Session, book_id: int, draft: EntryDraft, *, now: datetime, refuse_late: bool = False) -> Posted:
    """Post an entry; posting the same fact again changes nothing and gives the same entry.

    `draft.effective_on` is the day of the fact. When that day can no longer be posted to, because its period is
    closed (softly closed, only closing work goes there), the entry counts for today in Paris (or the first open day
    after), and keeps the day of the fact as `occurred_on`; with `refuse_late` it is refused, for a person to decide.

    Raises:
        SourceReused: the source has been posted with other content.
        UnknownBook, UnknownAccount, UnknownJournal, AccountClosed, WrongCurrency, Overdrawn.
        PeriodClosed: with `refuse_late`.
    """
    return _write(session, book_id, draft, now=now, refuse_late=refuse_late, reverses_id=None)


def reverse(
    session: Session,
    entry_id: int,
    *,
    source: str,
    effective_on: date,
    memo: str,
    now: datetime,
    details: Mapping[str, str] | None = None,
) -> Posted:
    """Undo an entry by its mirror, in the open period; once, and never a reversal.

    Raises:
        UnknownEntry.
        AlreadyReversed: by an entry with another source.
        NotReversible: the entry is a reversal, or closes a period.
        And what `post` raises.
    """
    original = session.execute(
        sa.select(Entry.book_id, Entry.journal, Entry.reverses_id).where(Entry.id == entry_id)
    ).one_or_none()
    if original is None:
        raise UnknownEntry(entry_id=entry_id)
    if original.reverses_id is not None or original.journal == CLOSING:
        raise NotReversible(entry_id=entry_id)
    by = session.execute(sa.select(Entry.id, Entry.source).where(Entry.reverses_id == entry_id)).one_or_none()
    if by is not None and by.source != source:
        raise AlreadyReversed(entry_id=entry_id, reversed_by=by.id)
    mirror = EntryDraft(
        journal=original.journal,
        effective_on=effective_on,
        source=source,
        memo=memo,
        lines=tuple(_mirrored(session, entry_id)),
        details=details or {},
    )
    return _write(session, original.book_id, mirror, now=now, refuse_late=False, reverses_id=entry_id)


@dataclass(frozen=True, slots=True)
class PostedMany:
    """What posting many gave: how many entries are new, and how many had been posted before."""

    posted: int
    replayed: int


def post_many(session: Session, book_id: int, drafts: Iterable[EntryDraft], *, now: datetime) -> PostedMany:
    """Post many entries, such as a history that is brought along: under the rules of `post`, a thousand at a time.

    What has been posted before stays as it is. A refusal leaves nothing of all of them, for the caller's transaction
    cannot go on; that a guarded account would be overdrawn is asked after each thousand.

    Raises:
        What `post` raises.
    """
    posted = replayed = 0
    known: dict[tuple[str, date], tuple[_Known, date, int]] = {}
    accounts: dict[str, Any] = {}
    waiting = iter(drafts)
    while chunk := list(islice(waiting, writing.CHUNK)):
        fresh = _fresh(session, book_id, chunk)
        _read_accounts(session, book_id, {line.account for draft, _ in fresh for line in draft.lines}, accounts)
        entries = []
        for draft, fingerprint in fresh:
            key = draft.journal, draft.effective_on
            if key not in known:
                found = replace(_look_up(session, book_id, draft), accounts=accounts)
                known[key] = found, *_day(session, book_id, draft, found, now=now, refuse_late=False)
            found, day, period_id = known[key]
            _check(draft, found, day)
            header = _header(book_id, draft, fingerprint, day, period_id, now)
            entries.append((header, draft.lines, [accounts[line.account].id for line in draft.lines]))
        with translated():
            writing.insert_many(session, entries)
        posted, replayed = posted + len(fresh), replayed + len(chunk) - len(fresh)
    return PostedMany(posted, replayed)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the book knows about a draft before it is posted, read by one statement.

    `takes` tells whether the period of its day still takes entries of its journal.
    """

    entry_id: int | None
    request_hash: bytes | None
    period_id: int | None
    takes: bool
    journal: str | None
    accounts: Mapping[str, Any]


def _mirrored(session: Session, entry_id: int) -> Sequence[Line]:
    rows = session.execute(
        sa.select(Account.code, Account.currency, Posting.amount, Posting.project, Posting.contributor)
        .join(Posting, Posting.account_id == Account.id)
        .where(Posting.entry_id == entry_id)
        .order_by(Posting.n)
    )
    return [Line(row.code, Money(-row.amount, row.currency), row.project, row.contributor) for row in rows]


def _write(
    session: Session,
    book_id: int,
    draft: EntryDraft,
    *,
    now: datetime,
    refuse_late: bool,
    reverses_id: int | None,
) -> Posted:
    fingerprint = draft.fingerprint(reverses_id=reverses_id)
    if reverses_id is None:
        with translated(source=draft.source):
            posted, replayed = writing.insert_plain(session, book_id, draft, fingerprint, now)
        if posted is not None:
            return Posted(posted, replayed)
    known = _look_up(session, book_id, draft)
    if known.entry_id is not None:
        return _replay(draft, fingerprint, known)
    day, period_id = _day(session, book_id, draft, known, now=now, refuse_late=refuse_late)
    _check(draft, known, day)
    _check_guards(session, draft, known)
    header = {**_header(book_id, draft, fingerprint, day, period_id, now), "reverses_id": reverses_id}
    account_ids = [known.accounts[line.account].id for line in draft.lines]
    with translated(source=draft.source):
        entry_id, taken = writing.insert(session, header, draft.lines, account_ids)
    if entry_id is not None:
        return Posted(entry_id, replayed=False)
    if taken == "uq_entry_reverses_id":
        raise AlreadyReversed(entry_id=reverses_id)
    # Another transaction posted the same source while this one looked.
    return _replay(draft, fingerprint, _look_up(session, book_id, draft))


def _fresh(session: Session, book_id: int, drafts: Sequence[EntryDraft]) -> list[tuple[EntryDraft, bytes]]:
    """Leave out what has been posted already; give the others with their fingerprints."""
    sources = [draft.source for draft in drafts]
    rows = session.connection().execute(
        sa.select(Entry.source, Entry.request_hash).where(Entry.book_id == book_id, Entry.source.in_(sources))
    )
    seen: dict[str, bytes] = {row.source: row.request_hash for row in rows}
    fresh = []
    for draft in drafts:
        fingerprint = draft.fingerprint()
        if draft.source not in seen:
            fresh.append((draft, fingerprint))
        elif seen[draft.source] != fingerprint:
            raise SourceReused(source=draft.source)
        seen[draft.source] = fingerprint
    return fresh


def _read_accounts(session: Session, book_id: int, codes: set[str], accounts: dict[str, Any]) -> None:
    """Add to the accounts that are known already those of further codes."""
    columns = (Account.id, Account.code, Account.currency, Account.closed_on)
    unknown = sorted(codes - accounts.keys())
    if unknown:
        rows = session.connection().execute(
            sa.select(*columns).where(Account.book_id == book_id, Account.code.in_(unknown))
        )
        accounts.update({row.code: row for row in rows})


def _header(
    book_id: int, draft: EntryDraft, fingerprint: bytes, day: date, period_id: int, now: datetime
) -> dict[str, Any]:
    return {
        "book_id": book_id,
        "period_id": period_id,
        "journal": draft.journal,
        "effective_on": day,
        "occurred_on": draft.effective_on,
        "recorded_at": now,
        "source": draft.source,
        "request_hash": fingerprint,
        "reverses_id": None,
        "memo": draft.memo,
        "details": dict(draft.details),
    }


LOOK_UP: Final = (
    sa.select(
        Entry.id.label("entry_id"),
        Entry.request_hash,
        Period.id.label("period_id"),
        sa.and_(
            Period.closed_at.is_(None), sa.or_(Period.soft_closed_at.is_(None), Journal.closing_work.is_(sa.true()))
        ).label("takes"),
        Journal.code.label("journal"),
        Account.id,
        Account.book_id,
        Account.code,
        Account.currency,
        Account.guard,
        Account.closed_on,
    )
    .select_from(Book)
    .outerjoin(Entry, sa.and_(Entry.book_id == Book.id, Entry.source == sa.bindparam("source")))
    .outerjoin(
        Period,
        sa.and_(
            Period.book_id == Book.id,
            Period.starts_on <= sa.bindparam("day", type_=sa.Date),
            Period.ends_on >= sa.bindparam("day", type_=sa.Date),
        ),
    )
    .outerjoin(Journal, sa.and_(Journal.book_id == Book.id, Journal.code == sa.bindparam("journal")))
    .outerjoin(Account, sa.and_(Account.book_id == Book.id, Account.code.in_(sa.bindparam("codes", expanding=True))))
    .where(Book.id == sa.bindparam("book"))
)
"""One row for each account of the draft that the book has. Built once: building it costs more than running it."""


def _look_up(session: Session, book_id: int, draft: EntryDraft) -> _Known:
    values = {
        "book": book_id,
        "source": draft.source,
        "day": draft.effective_on,
        "journal": draft.journal,
        "codes": sorted({line.account for line in draft.lines}),
    }
    found = session.connection().execute(LOOK_UP, values).all()
    if not found:
        raise UnknownBook(book_id=book_id)
    first = found[0]
    return _Known(
        entry_id=first.entry_id,
        request_hash=first.request_hash,
        period_id=first.period_id,
        takes=bool(first.takes),
        journal=first.journal,
        accounts={row.code: row for row in found if row.code is not None},
    )


def _replay(draft: EntryDraft, fingerprint: bytes, known: _Known) -> Posted:
    if known.entry_id is None or known.request_hash != fingerprint:
        raise SourceReused(source=draft.source, entry_id=known.entry_id)
    return Posted(known.entry_id, replayed=True)


def _day(
    session: Session, book_id: int, draft: EntryDraft, known: _Known, *, now: datetime, refuse_late: bool
) -> tuple[date, int]:
    """Give the day that the entry counts for, with the period that it lies in."""
    day = draft.effective_on
    if known.period_id is not None and known.takes:
        return day, known.period_id
    try:
        period = periods.covering(session, book_id, day)
        if period.is_open:
            return day, period.id
        raise PeriodClosed(day=day, period_id=period.id)
    except PeriodClosed:
        if refuse_late:
            raise
    today = clock.day_in_paris(now)
    later, period = periods.open_day(session, book_id, not_before=max(day, today))
    return later, period.id


def _check(draft: EntryDraft, known: _Known, day: date) -> None:
    if known.journal is None:
        raise UnknownJournal(journal=draft.journal)
    for line in draft.lines:
        account = known.accounts.get(line.account)
        if account is None:
            raise UnknownAccount(account=line.account)
        if account.currency != line.money.currency:
            raise WrongCurrency(account=line.account, currency=account.currency, given=line.money.currency)
        if account.closed_on is not None and account.closed_on < day and draft.journal != CLOSING:
            raise AccountClosed(account=line.account, closed_on=account.closed_on)


def _check_guards(session: Session, draft: EntryDraft, known: _Known) -> None:
    """Refuse to take a guarded account to the wrong side; who decreases the same account waits here."""
    decreased = {
        line.account
        for line in draft.lines
        if known.accounts[line.account].guard == ("credit_only" if line.money.minor > 0 else "debit_only")
    }
    if not decreased:
        return
    ids = [known.accounts[code].id for code in decreased]
    session.execute(
        sa.select(Account.id).where(Account.id.in_(ids)).order_by(Account.id).with_for_update(key_share=True)
    )
    for code in sorted(decreased):
        account = known.accounts[code]
        change = sum(line.money.minor for line in draft.lines if line.account == code)
        balance = balances.of(session, account.book_id, code)
        after = balance.minor + change
        if after > 0 if account.guard == "credit_only" else after < 0:
            raise Overdrawn(account=code, balance=balance)
