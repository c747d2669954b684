"""What a span opens with (à-nouveaux): the balances of the eve, read from the book, which posts no opening entry.

Classes 1 to 5 alone are handed on, third parties and loans by contributor; what income is more than costs on the eve,
as long as no closing entry brought it there, stands on the account of the result, and is provisional.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger import clock
from ledger.books import balances
from ledger.books.book import chart_of
from ledger.books.models import Account, Book, Period, Posting
from ledger.statements import contributors, yearly
from ledger.statements.spans import ONE_DAY

BY_CONTRIBUTOR: Final = ("4", "16")
"""The accounts of third parties and loans, which are handed on by contributor."""

CHUNK: Final = 1000
"""How many balances are held at once."""


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """A balance of the eve in minor units of the book's currency, positive for a debit."""

    account: str
    label: str
    contributor: str
    name: str
    amount: int


def read(session: Session, book: Book, start: date) -> Iterator[OpeningRow]:
    """Read what days from `start` on open with, by account; from the caller's snapshot, as rows are asked for.

    The rows sum to zero.

    Raises:
        NotFound: there is a result, and the chart has no account for it.
    """
    eve = start - ONE_DAY
    return heapq.merge(_own(session, book, eve), _of_contributors(session, book, eve), key=lambda row: row.account)


def closed_on(session: Session, book: Book, start: date) -> date | None:
    """Give the day on which the period before `start` was closed for good, if it was."""
    eve = start - ONE_DAY
    closed_at = session.scalar(
        sa.select(Period.closed_at).where(Period.book_id == book.id, Period.starts_on <= eve, Period.ends_on >= eve)
    )
    return clock.day_in_paris(closed_at) if closed_at else None


def _own(session: Session, book: Book, eve: date) -> list[OpeningRow]:
    """Read the accounts that are handed on as a whole, with the result among them."""
    trial = balances.trial(session, book.id, as_of=eve)
    found = {row.account: row.balance.minor for row in trial if row.balance.currency == book.currency}
    result = sum(amount for code, amount in found.items() if code.startswith(yearly.RESULT))
    whole = {code: amount for code, amount in found.items() if code.startswith(yearly.KEPT)}
    kept = {code: amount for code, amount in whole.items() if not code.startswith(BY_CONTRIBUTOR)}
    if result:
        code = chart_of(session, book.id).code_of("result_debit" if result > 0 else "result_credit")
        kept[code] = kept.get(code, 0) + result
    named = session.execute(sa.select(Account.code, Account.label).where(Account.book_id == book.id))
    labels = {row.code: row.label for row in named}
    return [OpeningRow(code, labels[code], "", "", amount) for code, amount in sorted(kept.items()) if amount]


def _of_contributors(session: Session, book: Book, eve: date) -> Iterator[OpeningRow]:
    total = sa.func.sum(Posting.amount)
    statement = (
        sa.select(Account.code, Account.label, Posting.contributor, sa.cast(total, sa.BigInteger).label("amount"))
        .join(Posting, Posting.account_id == Account.id)
        .where(
            Account.book_id == book.id,
            Account.currency == book.currency,
            sa.or_(*(Account.code.startswith(prefix) for prefix in BY_CONTRIBUTOR)),
            Posting.effective_on <= eve,
        )
        .group_by(Account.id, Posting.contributor)
        .having(total != 0)
        .order_by(Account.code, Posting.contributor)
    )
    # Closed also when nobody wants the rest, for a cursor on the server outlives its last row.
    with session.connection().execute(statement.execution_options(yield_per=CHUNK)) as result:
        for rows in result.partitions():
            yield from _named(session, rows)


def _named(session: Session, rows: Any) -> Iterator[OpeningRow]:
    names = contributors.names(session, {row.contributor for row in rows if row.contributor})
    for code, label, contributor, amount in rows:
        yield OpeningRow(code, label, contributor, names.get(contributor, contributor), amount)
