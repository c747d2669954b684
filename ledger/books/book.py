"""Books: opening one with a chart, and adding accounts to it. An account is added or closed, never renumbered."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.books import chart as charts
from ledger.books.models import Account, Book, Journal
from ledger.books.refusals import UnknownAccount, UnknownBook
from ledger.errors import Refused


class AccountExists(Refused):
    """The book has an account of this code already."""

    code = "account_exists"


def create(session: Session, *, name: str, chart: str, currency: str = "EUR", first_month: int = 1) -> int:
    """Open the book of an organisation with every account and journal of a chart; return its id.

    `first_month` (1 to 12) is the month that its accounting years begin with.

    Raises:
        UnknownChart: there is no such chart.
    """
    rows = charts.load(chart)
    book = Book(name=name, chart=chart, currency=currency, first_month=first_month)
    session.add(book)
    session.flush()  # the accounts below need its id
    _add_missing(session, book, rows)
    return book.id


def extend(session: Session, book_id: int) -> tuple[str, ...]:
    """Add the accounts and journals that the book's chart has gained since; return the codes added.

    Raises:
        UnknownBook, UnknownChart.
    """
    book = _get(session, book_id)
    return _add_missing(session, book, charts.load(book.chart))


def chart_of(session: Session, book_id: int) -> charts.Chart:
    """Give the chart that a book was opened with.

    Raises:
        UnknownBook, UnknownChart.
    """
    return charts.load(_get(session, book_id).chart)


def add_account(
    session: Session, book_id: int, code: str, *, under: str, label: str, currency: str = "", guard: str = ""
) -> int:
    """Add a sub-account (of a lender, a holder, a project) below an account, whose kind it takes.

    Currency and guard are those of the account above unless given. The code begins with the code above.

    Raises:
        UnknownAccount: no account has the code `under`, or `code` does not begin with it.
        AccountExists.
    """
    above = session.scalar(sa.select(Account).where(Account.book_id == book_id, Account.code == under))
    if above is None or not code.startswith(under) or not code.isalnum():
        raise UnknownAccount(account=under, below=code)
    if session.scalar(sa.select(Account.id).where(Account.book_id == book_id, Account.code == code)):
        raise AccountExists(account=code)
    account = Account(
        book_id=book_id,
        code=code,
        label=label,
        kind=above.kind,
        currency=currency or above.currency,
        guard=guard or above.guard,
    )
    session.add(account)
    session.flush()  # the caller gets its id
    return account.id


def close_account(session: Session, book_id: int, code: str, *, closed_on: date) -> None:
    """Close an account: it takes no entry of a later day.

    Raises:
        UnknownAccount.
    """
    account = session.scalar(sa.select(Account).where(Account.book_id == book_id, Account.code == code))
    if account is None:
        raise UnknownAccount(account=code)
    account.closed_on = closed_on
    session.flush()  # entries are written without the unit of work


def _get(session: Session, book_id: int) -> Book:
    book = session.get(Book, book_id)
    if book is None:
        raise UnknownBook(book_id=book_id)
    return book


def _add_missing(session: Session, book: Book, chart: charts.Chart) -> tuple[str, ...]:
    known = set(session.scalars(sa.select(Account.code).where(Account.book_id == book.id)))
    accounts = [account for account in chart.accounts if account.code not in known]
    session.add_all(
        Account(
            book_id=book.id,
            code=account.code,
            label=account.label,
            kind=account.kind,
            currency=book.currency,
            guard=account.guard,
        )
        for account in accounts
    )
    named = set(session.scalars(sa.select(Journal.code).where(Journal.book_id == book.id)))
    journals = {code: label for code, label in chart.journals.items() if code not in named}
    session.add_all(Journal(book_id=book.id, code=code, label=label) for code, label in journals.items())
    session.flush()  # entries are written without the unit of work
    return tuple(account.code for account in accounts) + tuple(journals)
