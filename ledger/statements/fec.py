"""The FEC (fichier des écritures comptables) of a book: each posting as the law's eighteen columns (LPF A47 A-1, VII).

Left out are class 8 (voluntary contributions are exported apart) and nothing else. Opening balances come first, then
the entries in the order in which they were recorded. EcritureNum is provisional while an entry is not sealed: its
rank in its journal within the year, in that order. ValidDate, the day of the seal, is then empty: it is the one
thing that `fec_check` only remarks on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import chain
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.books.models import Account, Book, Entry, Journal, Posting
from ledger.books.refusals import UnknownBook
from ledger.errors import Refused
from ledger.money import MINOR_DIGITS
from ledger.statements import contributors, words
from ledger.statements.spans import Span

LANGUAGE: Final = "fr"
"""The file is for the French administration and French accountants, whatever the reader's language."""

OPENING: Final = "AN"
"""The journal of opening balances (à-nouveaux), which come first."""

VOLUNTARY: Final = "8"
"""The class of voluntary contributions."""

COLUMNS: Final[tuple[Any, ...]] = (
    Entry.id,
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
    """The year has postings in another currency than the book's; their value in it is not recorded."""

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
    """Numbers entries as they come, without a gap, in each journal."""

    given: Counter[str]
    entry_id: int = 0
    number: str = ""

    def of(self, entry_id: int, journal: str) -> str:
        """Give the number of an entry, all lines of which come together."""
        if entry_id != self.entry_id:
            self.entry_id = entry_id
            self.given[journal] += 1
            self.number = f"{journal}-{self.given[journal]:06d}"
        return self.number


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
    statement = _postings(book_id, span)
    opening = statement.where(Entry.journal == OPENING)
    others = statement.where(Entry.journal != OPENING)
    return _lines(session, chain.from_iterable(_parts(session, each) for each in (opening, others)), book.currency)


def _lines(session: Session, parts: Iterator[Sequence[Any]], currency: str) -> Iterator[FecLine]:
    numbers = _Numbers(Counter())
    sides = _sides(currency)
    memos = words.memos(LANGUAGE)
    for rows in parts:
        names = contributors.names(session, {row.contributor for row in rows if row.contributor})
        # Taken apart at once: reading a million rows field by field takes as long as all the rest.
        for entry, journal, journal_label, day, fact, source, memo, account, label, contributor, amount in rows:
            debit, credit = sides(amount)
            yield FecLine(
                journal,
                journal_label,
                numbers.of(entry, journal),
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
            )


def _refuse_foreign(session: Session, book: Book, span: Span) -> None:
    foreign = sa.select(Account.code, Account.currency).where(
        Account.book_id == book.id,
        Account.currency != book.currency,
        sa.exists().where(Posting.account_id == Account.id, Posting.effective_on.between(span.start, span.end)),
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
        .where(
            Entry.book_id == book_id,
            Entry.effective_on.between(span.start, span.end),
            ~Account.code.startswith(VOLUNTARY),
        )
        .order_by(Entry.id, Posting.n)
    )


def _parts(session: Session, statement: sa.Select[Any]) -> Iterator[Sequence[Any]]:
    # Closed also when nobody wants the rest, for a cursor on the server outlives its last row.
    with session.connection().execute(statement.execution_options(yield_per=CHUNK)) as result:
        yield from result.partitions()


@cache
def _day(day: date) -> str:
    return day.strftime("%Y%m%d")


def _sides(currency: str) -> Callable[[int], tuple[str, str]]:
    """Give the writer of amounts: debit and credit, one of them nothing."""
    digits = MINOR_DIGITS[currency]
    unit = 10**digits

    def write(minor: int) -> str:
        return f"{minor // unit},{minor % unit:0{digits}d}" if digits else str(minor)

    nothing = write(0)
    return lambda minor: (write(minor), nothing) if minor > 0 else (nothing, write(-minor))
