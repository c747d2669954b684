"""Books: opening one with a chart, and adding accounts to it. An account is added or closed, never renumbered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ledger.books import chart as charts
from ledger.books import constraints
from ledger.books.models import Account, Book, Journal
from ledger.books.problems import Problem
from ledger.books.refusals import AccountClosed, BadAccount, UnknownAccount, UnknownBook
from ledger.errors import Refused

SUFFIX: Final = re.compile(r"[0-9A-Z]{1,20}")
"""What a sub-account adds to the code above it; figures and plain capitals pass through every program."""


class AccountExists(Refused):
    """The book has an account of this code already."""

    code = "account_exists"


class ChartDiffers(Refused):
    """The chart gives an account another kind or guard than the book's has, which has been used since."""

    code = "chart_differs"


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
        ChartDiffers: nothing was added.
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

    Currency and guard are those of the account above unless given; a guard above cannot be dropped. The code begins
    with the code above, and no other account stands between them.

    Raises:
        UnknownAccount: no account has the code `under`.
        BadAccount: what is given cannot be an account below it.
        AccountClosed: the account above is.
        AccountExists.
    """
    above = _above(session, book_id, code, under)
    if not SUFFIX.fullmatch(code.removeprefix(under)) or not label.strip() or not label.isprintable():
        raise BadAccount(account=code, under=under, label=label)
    if guard and above.guard not in {"none", guard}:
        raise BadAccount("guard_differs", account=code, guard=guard, above=above.guard)
    account = Account(
        book_id=book_id,
        code=code,
        label=label.strip(),
        kind=above.kind,
        currency=currency or above.currency,
        guard=guard or above.guard,
    )
    session.add(account)
    try:
        session.flush()  # the caller gets its id
    except IntegrityError as error:
        if constraints.name_in(error) != "uq_account_book_id_code":
            raise
        raise AccountExists(account=code) from error  # somebody else added it meanwhile
    return account.id


def _above(session: Session, book_id: int, code: str, under: str) -> Account:
    """Give the account that a new one is to stand below."""
    prefixes = [code[:length] for length in range(1, len(code) + 1)]
    found = session.scalars(sa.select(Account).where(Account.book_id == book_id, Account.code.in_(prefixes)))
    line = {account.code: account for account in found}
    if code in line:
        raise AccountExists(account=code)
    if under not in line:
        raise UnknownAccount(account=under, below=code)
    nearest = line[max(line, key=len)]
    if nearest.code != under:
        raise BadAccount("account_between", account=code, under=under, between=nearest.code)
    if nearest.closed_on is not None:
        raise AccountClosed(account=under, closed_on=nearest.closed_on)
    return nearest


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


def agrees_with_chart(session: Session, book_id: int) -> Iterator[Problem]:
    """Check that a book has what its chart's roles and journals name, and its accounts as the chart has them."""
    chart = chart_of(session, book_id)
    known = _kinds(session, book_id)
    for account in chart.accounts:
        if known.get(account.code, (account.kind, account.guard)) != (account.kind, account.guard):
            yield Problem("account_differs_from_chart", "account", account.code, chart.name)
    for role, code in chart.roles.items():
        if code not in known:
            yield Problem("account_of_chart_missing", "account", code, role)
    for code in sorted(chart.journals.keys() - _journals(session, book_id)):
        yield Problem("journal_of_chart_missing", "journal", code, chart.name)


def _kinds(session: Session, book_id: int) -> dict[str, tuple[str, str]]:
    rows = session.execute(sa.select(Account.code, Account.kind, Account.guard).where(Account.book_id == book_id))
    return {code: (kind, guard) for code, kind, guard in rows}


def _journals(session: Session, book_id: int) -> set[str]:
    return set(session.scalars(sa.select(Journal.code).where(Journal.book_id == book_id)))


def _get(session: Session, book_id: int) -> Book:
    book = session.get(Book, book_id)
    if book is None:
        raise UnknownBook(book_id=book_id)
    return book


def _add_missing(session: Session, book: Book, chart: charts.Chart) -> tuple[str, ...]:
    known = _kinds(session, book.id)
    for account in chart.accounts:
        if known.get(account.code, (account.kind, account.guard)) != (account.kind, account.guard):
            raise ChartDiffers(account=account.code, book=known[account.code], chart=(account.kind, account.guard))
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
    named = _journals(session, book.id)
    journals = {code: label for code, label in chart.journals.items() if code not in named}
    session.add_all(
        Journal(book_id=book.id, code=code, label=label, closing_work=code in chart.closing_work)
        for code, label in journals.items()
    )
    session.flush()  # entries are written without the unit of work
    return tuple(account.code for account in accounts) + tuple(journals)
