"""A book as a plain-text journal for hledger or Beancount, which read it without a complaint and find our balances.

Every entry up to a day is there, in all currencies, under accounts named for their kind and code (`Assets:512100`).
Contributors are named by their references only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger import i18n
from ledger.books.models import Account, Book, Entry, Posting
from ledger.money import MINOR_DIGITS, Money
from ledger.statements import movements

CHUNK: Final = 1000
"""How many postings are held at once."""

ROOTS: Final = {
    "asset": "Assets",
    "liability": "Liabilities",
    "equity": "Equity",
    "income": "Income",
    "expense": "Expenses",
    "memo": "Equity:Voluntary",
}
"""The first word of an account's name; voluntary contributions add up to nothing, as equity's own sum does."""

CONTROL: Final = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
BREAKS: Final = re.compile(f"[{CONTROL}]+")
MEANINGFUL: Final = re.compile(f'[;|,"()\\[\\]{CONTROL}]')
"""What ends a description or a tag of hledger, or makes a date of words."""


class Program(StrEnum):
    """Who reads the journal."""

    HLEDGER = "hledger"
    BEANCOUNT = "beancount"


SUFFIXES: Final = {Program.HLEDGER: "journal", Program.BEANCOUNT: "beancount"}


@dataclass(frozen=True, slots=True)
class _Account:
    """An account that is posted to, with the first day that it is."""

    name: str
    label: str
    currency: str
    since: date


def encode(session: Session, book_id: int, until: date, program: Program) -> Iterator[bytes]:
    """Write the journal of a book up to a day, entry by entry, in the order of their days.

    Raises:
        UnknownBook: when the first part is asked for.
    """
    book = movements.book_of(session, book_id)
    head, entry = (_hledger_head, _hledger_entry) if program is Program.HLEDGER else (_bean_head, _bean_entry)
    accounts = _accounts(session, book_id, until)
    yield "".join(f"{line}\n" for line in head(book, accounts)).encode()
    for rows in _entries(session, book_id, until):
        yield "".join(f"{line}\n" for line in ("", *entry(rows))).encode()


def _accounts(session: Session, book_id: int, until: date) -> tuple[_Account, ...]:
    rows = session.execute(
        sa.select(Account.kind, Account.code, Account.label, Account.currency, sa.func.min(Posting.effective_on))
        .join(Posting, Posting.account_id == Account.id)
        .where(Account.book_id == book_id, Posting.effective_on <= until)
        .group_by(Account.id)
        .order_by(Account.code)
    )
    return tuple(_Account(_name(kind, code), label, currency, since) for kind, code, label, currency, since in rows)


def _entries(session: Session, book_id: int, until: date) -> Iterator[Sequence[Any]]:
    columns: tuple[Any, ...] = (
        Entry.id,
        Entry.effective_on,
        Entry.journal,
        Entry.source,
        Entry.memo,
        Account.kind,
        Account.code,
        Account.currency,
        Posting.amount,
        Posting.project,
        Posting.contributor,
    )
    statement = (
        sa.select(*columns)
        .join(Posting, Posting.entry_id == Entry.id)
        .join(Account, Account.id == Posting.account_id)
        .where(Entry.book_id == book_id, Entry.effective_on <= until)
        .order_by(Entry.effective_on, Entry.id, Posting.n)
        .execution_options(yield_per=CHUNK)
    )
    # Closed also when nobody wants the rest, for a cursor on the server outlives its last row.
    with session.connection().execute(statement) as result:
        for _, rows in groupby(result, key=lambda row: row[0]):
            yield list(rows)


def _name(kind: str, code: str) -> str:
    return f"{ROOTS[kind]}:{code}"


def _amount(row: Any) -> str:
    return f"{i18n.decimal_of(Money(row.amount, row.currency))} {row.currency}"


def _hledger_head(book: Book, accounts: Iterable[_Account]) -> Iterator[str]:
    yield f"; {_plain(book.name)}"
    yield "decimal-mark ."
    for currency in sorted({account.currency for account in accounts} | {book.currency}):
        digits = MINOR_DIGITS[currency]
        yield f"commodity 1000.{'0' * digits} {currency}"
    for account in accounts:
        yield f"account {account.name}  ; {_plain(account.label)}"


def _hledger_entry(rows: Sequence[Any]) -> Iterator[str]:
    entry = rows[0]
    yield f"{entry.effective_on} * ({entry.journal} {entry.id}) {_plain(entry.memo or entry.source)}"
    yield f"    ; source: {_plain(entry.source)}"
    for row in rows:
        said = [f"{name}: {_plain(word)}" for name, word in _dimensions(row)]
        comment = f"  ; {', '.join(said)}" if said else ""
        yield f"    {_name(row.kind, row.code)}  {_amount(row)}{comment}"


def _bean_head(book: Book, accounts: Iterable[_Account]) -> Iterator[str]:
    yield f'option "title" {_quoted(book.name)}'
    yield f'option "operating_currency" "{book.currency}"'
    yield ""
    for account in accounts:
        yield f"{account.since} open {account.name} {account.currency}"
        yield f"  label: {_quoted(account.label)}"


def _bean_entry(rows: Sequence[Any]) -> Iterator[str]:
    entry = rows[0]
    yield f"{entry.effective_on} * {_quoted(entry.memo or entry.source)}"
    yield f'  entry: "{entry.id}"'
    yield f'  journal: "{entry.journal}"'
    yield f"  source: {_quoted(entry.source)}"
    for row in rows:
        yield f"  {_name(row.kind, row.code)}  {_amount(row)}"
        yield from (f"    {name}: {_quoted(word)}" for name, word in _dimensions(row))


def _dimensions(row: Any) -> Iterator[tuple[str, str]]:
    return ((name, word) for name, word in (("project", row.project), ("contributor", row.contributor)) if word)


def _plain(word: str) -> str:
    """Leave out what means something in hledger's descriptions and comments: `;`, `|`, commas, brackets, quotes."""
    return " ".join(MEANINGFUL.sub(" ", word).split())


def _quoted(word: str) -> str:
    return '"' + BREAKS.sub(" ", word).replace("\\", "\\\\").replace('"', '\\"') + '"'
