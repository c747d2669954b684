"""The FEC (fichier des écritures comptables) of a book: each posting as the law's eighteen columns (LPF A47 A-1, VII).

Left out is class 8: voluntary contributions have a journal of their own, which is exported apart, so that they leave
no gap; so have closing entries, which the law wants left out. Balances run on from year to year, so what the span opens
with is no entry of the book: `brought_forward` reads it, and it comes first, as entry number zero of the journal of
opening balances. Those posted there (of a history from elsewhere) follow, then sealed entries in the order of their
seals, then the others as they were recorded. EcritureNum is the journal, the month that the period begins with, and
the number that the seal gave; an entry that is not sealed yet has a provisional one, the next in its journal. ValidDate
is the day of the seal, and for what the span opens with that of the closing before it; empty without one: the one thing
that `fec_check` only remarks on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from itertools import chain
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger import clock
from ledger.books.models import Account, Book, Entry, EntrySeal, Journal, Period, Posting, Seal
from ledger.books.periods import CLOSING
from ledger.books.refusals import UnknownBook
from ledger.errors import Refused
from ledger.money import MINOR_DIGITS
from ledger.statements import brought_forward, contributors, words, yearly
from ledger.statements.spans import Span

LANGUAGE: Final = "fr"
"""The file is for the French administration and French accountants, whatever the reader's language."""

OPENING: Final = "AN"
"""The journal of opening balances (à-nouveaux), which come first."""

OPENING_LABEL: Final = "À-nouveaux"
"""What each line of the opening entry is called."""

VOLUNTARY: Final = "8"
"""The class of voluntary contributions."""

COLUMNS: Final[tuple[Any, ...]] = (
    Entry.id,
    Entry.period_id,
    Period.starts_on,
    EntrySeal.number,
    Seal.sealed_at,
    Entry.journal,
    Journal.label.label("journal_label"),
    Entry.effective_on,
    Entry.occurred_on,
    Entry.source,
    Entry.memo,
    Account.code,
    Account.label.label("account_label"),
    Posting.contributor,
    Posting.amount,
)

CHUNK: Final = 1000
"""How many postings are held at once."""


class ForeignCurrency(Refused):
    """The year has postings in another currency than the book's, or opens with a balance in one, of unknown value."""

    code = "fec_foreign_currency"


class FecLine(NamedTuple):
    """One line, its fields as they stand in the file, in the order of `fec_file.COLUMNS`."""

    journal: str
    journal_label: str
    number: str
    day: str
    account: str
    account_label: str
    contributor: str
    contributor_name: str
    piece: str
    piece_day: str
    label: str
    debit: str
    credit: str
    match: str = ""
    match_day: str = ""
    valid_day: str = ""
    foreign_amount: str = ""
    foreign_currency: str = ""


@dataclass(slots=True)
class _Numbers:
    """The numbers of entries; the provisional ones go on where the seals of a journal and period ended."""

    given: Counter[tuple[str, int]]
    entry_id: int = 0
    number: str = ""

    def of(self, entry_id: int, journal: str, period: tuple[int, date], sealed: int | None) -> str:
        """Give the number of an entry, all lines of which come together."""
        if entry_id != self.entry_id:
            self.entry_id = entry_id
            period_id, begins = period
            if sealed is None:
                self.given[journal, period_id] += 1
                sealed = self.given[journal, period_id]
            self.number = _number(journal, begins, sealed)
        return self.number


def _number(journal: str, begins: date, number: int) -> str:
    month = begins.strftime("%Y%m" if begins.day == 1 else "%Y%m%d")
    return f"{journal}-{month}-{number:06d}"


def lines(session: Session, book_id: int, span: Span) -> Iterator[FecLine]:
    """Read the lines of a span one after another; never more than a thousand are in memory.

    Raises:
        UnknownBook.
        ForeignCurrency: at once, with the first account that is not in the book's currency.
    """
    book = session.get(Book, book_id)
    if book is None:
        raise UnknownBook(book_id=book_id)
    _refuse_foreign(session, book, span)
    opening, others = Entry.journal == OPENING, Entry.journal != OPENING
    sealed = _postings(book_id, span).where(EntrySeal.entry_id.is_not(None))
    sealed = sealed.order_by(EntrySeal.sequence, EntrySeal.position, Posting.n)
    waiting = _postings(book_id, span).where(EntrySeal.entry_id.is_(None)).order_by(Entry.id, Posting.n)
    parts = (_parts(session, each.where(journal)) for journal in (opening, others) for each in (sealed, waiting))
    posted = _lines(session, chain.from_iterable(parts), _last_numbers(session, book_id), book.currency)
    return chain(_opening(session, book, span), posted)


def _opening(session: Session, book: Book, span: Span) -> Iterator[FecLine]:
    """Write what the span opens with as one entry, definitive once the year before is closed for good."""
    sides = _sides(book.currency)
    label = session.scalar(sa.select(Journal.label).where(Journal.book_id == book.id, Journal.code == OPENING))
    closed_on = brought_forward.closed_on(session, book, span.start)
    for row in brought_forward.read(session, book, span.start):
        debit, credit = sides(row.amount)
        yield FecLine(
            OPENING,
            label or OPENING,
            _number(OPENING, span.start, 0),
            _day(span.start),
            row.account,
            row.label or row.account,
            row.contributor,
            row.name,
            f"an:{span.start.isoformat()}",
            _day(span.start),
            OPENING_LABEL,
            debit,
            credit,
            valid_day=_day(max(closed_on, span.start)) if closed_on else "",
        )


def _last_numbers(session: Session, book_id: int) -> _Numbers:
    last = sa.select(EntrySeal.journal, EntrySeal.period_id, sa.func.max(EntrySeal.number))
    rows = session.execute(last.where(EntrySeal.book_id == book_id).group_by(EntrySeal.journal, EntrySeal.period_id))
    return _Numbers(Counter({(journal, period_id): number for journal, period_id, number in rows}))


def _lines(session: Session, parts: Iterator[Sequence[Any]], numbers: _Numbers, currency: str) -> Iterator[FecLine]:
    sides = _sides(currency)
    memos = words.memos(LANGUAGE)
    for rows in parts:
        names = contributors.names(session, {row.contributor for row in rows if row.contributor})
        # Taken apart at once: reading a million rows field by field takes as long as all the rest.
        for (
            entry,
            period,
            begins,
            number,
            sealed_at,
            journal,
            journal_label,
            day,
            fact,
            source,
            memo,
            account,
            label,
            contributor,
            amount,
        ) in rows:
            debit, credit = sides(amount)
            yield FecLine(
                journal,
                journal_label,
                numbers.of(entry, journal, (period, begins), number),
                _day(day),
                account,
                label or account,
                contributor,
                names.get(contributor, contributor),
                source,
                _day(fact),
                memos.get(memo, memo) or source,
                debit,
                credit,
                valid_day=_day_of(sealed_at),
            )


def _refuse_foreign(session: Session, book: Book, span: Span) -> None:
    before = sa.select(sa.func.sum(Posting.amount)).where(
        Posting.account_id == Account.id, Posting.effective_on < span.start
    )
    handed_on = sa.or_(*(Account.code.startswith(kept) for kept in yearly.KEPT))
    foreign = sa.select(Account.code, Account.currency).where(
        Account.book_id == book.id,
        Account.currency != book.currency,
        sa.or_(
            sa.exists().where(Posting.account_id == Account.id, Posting.effective_on.between(span.start, span.end)),
            sa.and_(handed_on, before.scalar_subquery() != 0),
        ),
    )
    found = session.execute(foreign.order_by(Account.code).limit(1)).one_or_none()
    if found is not None:
        raise ForeignCurrency(account=found.code, currency=found.currency)


def _postings(book_id: int, span: Span) -> sa.Select[Any]:
    return (
        sa.select(*COLUMNS)
        .join(Posting, Posting.entry_id == Entry.id)
        .join(Account, Account.id == Posting.account_id)
        .join(Journal, sa.and_(Journal.book_id == Entry.book_id, Journal.code == Entry.journal))
        .join(Period, Period.id == Entry.period_id)
        .outerjoin(EntrySeal, EntrySeal.entry_id == Entry.id)
        .outerjoin(Seal, sa.and_(Seal.book_id == EntrySeal.book_id, Seal.sequence == EntrySeal.sequence))
        .where(
            Entry.book_id == book_id,
            Entry.effective_on.between(span.start, span.end),
            Entry.journal != CLOSING,
            ~Account.code.startswith(VOLUNTARY),
        )
    )


def _parts(session: Session, statement: sa.Select[Any]) -> Iterator[Sequence[Any]]:
    # Closed also when nobody wants the rest, for a cursor on the server outlives its last row.
    with session.connection().execute(statement.execution_options(yield_per=CHUNK)) as result:
        yield from result.partitions()


@cache
def _day(day: date) -> str:
    return day.strftime("%Y%m%d")


@lru_cache(maxsize=64)
def _day_of(sealed_at: datetime | None) -> str:
    return _day(clock.day_in_paris(sealed_at)) if sealed_at else ""


def _sides(currency: str) -> Callable[[int], tuple[str, str]]:
    """Give the writer of amounts: debit and credit, one of them nothing."""
    digits = MINOR_DIGITS[currency]
    unit = 10**digits

    def write(minor: int) -> str:
        return f"{minor // unit},{minor % unit:0{digits}d}" if digits else str(minor)

    nothing = write(0)
    return lambda minor: (write(minor), nothing) if minor > 0 else (nothing, write(-minor))
