"""Balances: exact at every instant, though no poster ever updates one.

A balance is what was folded plus the tail: the postings at or above the fold's horizon. Both are read by one
statement, so from one snapshot. `fold` moves the horizon up in the background; where it stops, reads grow slow
and stay exact.

Each can also be asked as known at a seal: then only the entries of that seal and of those before it count. It is
computed as the balance of now less what came later, so it costs one look at each posting that came after the seal:
nothing for the newest seal, as much as the whole book for the first. Two readings at one seal always agree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.books.models import (
    Account,
    BalanceDay,
    BalanceNow,
    BalanceProjectDay,
    Book,
    Entry,
    EntrySeal,
    FoldState,
    Posting,
    SealState,
)
from ledger.books.refusals import UnknownAccount
from ledger.money import Money

HORIZON = sa.select(FoldState.upto).scalar_subquery()
SEALED = sa.select(SealState.upto).scalar_subquery()


_Accounts: TypeAlias = Callable[[Any], sa.ColumnElement[bool]]
"""Chooses accounts by the column of a table that names them."""


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One account's line of a trial balance: all its debits, all its credits."""

    account: str
    label: str
    kind: str
    debits: Money
    credits: Money

    @property
    def balance(self) -> Money:
        """Debits less credits."""
        return self.debits - self.credits


def of(
    session: Session,
    book_id: int,
    account: str,
    *,
    as_of: date | None = None,
    project: str | None = None,
    contributor: str | None = None,
    known_at: int | None = None,
) -> Money:
    """Give the balance of an account (debit positive), at the end of a day when one is given.

    With a project or a contributor, only the postings that name it count; with `known_at`, the number of a seal,
    only what was sealed by then.

    Raises:
        UnknownAccount.
    """
    if known_at is None and contributor is None and session.get_bind().dialect.name == "postgresql":
        tail: Any = sa.func.book_tail(Account.id, HORIZON, as_of, project)  # the same, planned for the horizon
        balance = _or_zero(_folded(_this_account, as_of, project)) + sa.func.coalesce(tail, 0)
    else:
        balance = _balance(_this_account, book_id, as_of, project, contributor, known_at)
    row = session.execute(
        sa.select(Account.currency, balance).where(Account.book_id == book_id, Account.code == account)
    ).one_or_none()
    if row is None:
        raise UnknownAccount(account=account)
    return Money(int(row[1]), row[0])


def under(
    session: Session,
    book_id: int,
    prefix: str,
    *,
    as_of: date | None = None,
    project: str | None = None,
    contributor: str | None = None,
    known_at: int | None = None,
) -> Money:
    """Add up the balances of the accounts whose codes begin with a prefix: "754" is all gifts, "5" the treasury.

    Only accounts in the currency of the book count, as two currencies never add up.

    Raises:
        UnknownAccount: no account of the book begins so.
    """
    wanted = (
        sa.select(Account.id)
        .join(Book, sa.and_(Book.id == Account.book_id, Book.currency == Account.currency))
        .where(Account.book_id == book_id, sa.func.substr(Account.code, 1, len(prefix)) == prefix)
    )
    balance = _balance(lambda column: column.in_(wanted), book_id, as_of, project, contributor, known_at)
    row = session.execute(sa.select(Book.currency, balance).where(Book.id == book_id, wanted.exists())).one_or_none()
    if row is None:
        raise UnknownAccount(account=prefix)
    return Money(int(row[1]), row[0])


def trial(
    session: Session,
    book_id: int,
    *,
    as_of: date | None = None,
    project: str | None = None,
    known_at: int | None = None,
) -> tuple[TrialRow, ...]:
    """Draw the trial balance: every account that was ever posted to, by code; of one project when given."""
    limits = _limits(as_of, project)
    parts = [_folded_sides(book_id, as_of, project), _sides(1).where(_since(session, HORIZON), *limits)]
    if known_at is not None:
        parts += [_sides(-1).where(_since(session, SEALED), *limits)]
        parts += [_sealed_after(_sides(-1), book_id, known_at).where(*limits)]
    moved = sa.union_all(*parts).subquery()
    debits, credits_ = sa.func.sum(moved.c.debits), sa.func.sum(moved.c.credits)
    statement = (
        sa.select(Account.code, Account.label, Account.kind, Account.currency, debits, credits_)
        .join(moved, moved.c.account_id == Account.id)
        .where(Account.book_id == book_id)
        .group_by(Account.id)
        .having(debits + credits_ > 0)  # else it was first posted to after the seal
        .order_by(Account.code)
    )
    return tuple(
        TrialRow(code, label, kind, Money(int(debit), currency), Money(int(credit), currency))
        for code, label, kind, currency, debit, credit in session.execute(statement)
    )


def fold(session: Session) -> None:
    """Fold what is final since the last time. Called in a writing transaction of its own, by one worker or several."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.book_fold()))
        return
    connection = session.connection()
    low, high = connection.execute(
        sa.select(HORIZON, sa.select(sa.func.coalesce(sa.func.max(Entry.id), 0) + 1).scalar_subquery())
    ).one()
    for table, keys, where in (
        ("balance_now", "account_id", ""),
        ("balance_day", "account_id, effective_on", ""),
        ("balance_project_day", "project, account_id, effective_on", "AND project <> ''"),
    ):
        connection.exec_driver_sql(
            f"INSERT INTO {table} ({keys}, debits, credits)"  # noqa: S608 - the words above
            f" SELECT {keys}, sum(max(amount, 0)), -sum(min(amount, 0)) FROM posting"
            f" WHERE entry_id >= ? AND entry_id < ? {where} GROUP BY {keys}"
            f" ON CONFLICT ({keys}) DO UPDATE"
            " SET debits = debits + excluded.debits, credits = credits + excluded.credits",
            (low, high),
        )
    connection.execute(sa.update(FoldState).values(upto=high))


def known(entry_id: sa.SQLColumnExpression[int], book_id: int, seal: int) -> sa.ColumnElement[bool]:
    """Say in SQL that an entry was sealed in a seal of the book, or in one before it."""
    place = sa.select(EntrySeal.entry_id).where(
        EntrySeal.entry_id == entry_id, EntrySeal.book_id == book_id, EntrySeal.sequence <= seal
    )
    return place.exists()


def _balance(
    accounts: _Accounts,
    book_id: int,
    as_of: date | None,
    project: str | None,
    contributor: str | None,
    known_at: int | None,
) -> sa.ColumnElement[Any]:
    """Compute the balance of some accounts, which are chosen by the column that names them."""
    limits = _limits(as_of, project)
    amounts = sa.select(sa.func.sum(Posting.amount)).where(accounts(Posting.account_id), *limits)
    if contributor is not None:
        named = amounts.where(Posting.contributor == contributor)
        return _or_zero(named if known_at is None else named.where(known(Posting.entry_id, book_id, known_at)))
    balance = _or_zero(_folded(accounts, as_of, project)) + _or_zero(amounts.where(Posting.epoch >= HORIZON))
    if known_at is None:
        return balance
    later = _or_zero(_sealed_after(amounts, book_id, known_at))
    return balance - _or_zero(amounts.where(Posting.epoch >= SEALED)) - later


def _this_account(column: Any) -> sa.ColumnElement[bool]:
    """Choose the `Account` of the statement around."""
    same: sa.ColumnElement[bool] = column == Account.id
    return same


def _or_zero(statement: sa.Select[Any]) -> sa.ColumnElement[Any]:
    return sa.func.coalesce(statement.correlate(Account).scalar_subquery(), 0)


def _folded(accounts: _Accounts, as_of: date | None, project: str | None) -> sa.Select[Any]:
    table, limits = _table(as_of, project)
    return sa.select(sa.func.sum(table.debits - table.credits)).where(accounts(table.account_id), *limits)


def _folded_sides(book_id: int, as_of: date | None, project: str | None) -> sa.Select[Any]:
    table, limits = _table(as_of, project)
    ours = table.account_id.in_(sa.select(Account.id).where(Account.book_id == book_id))
    return sa.select(table.account_id, table.debits, table.credits).where(ours, *limits)


def _table(as_of: date | None, project: str | None) -> tuple[Any, list[sa.ColumnElement[bool]]]:
    """Choose the folded balances that answer, and what is asked of them."""
    if project is not None:
        table: Any = BalanceProjectDay
    else:
        table = BalanceNow if as_of is None else BalanceDay
    limits = [] if as_of is None else [table.effective_on <= as_of]
    return table, limits if project is None else [*limits, table.project == project]


def _limits(as_of: date | None, project: str | None) -> list[sa.ColumnElement[bool]]:
    limits: list[sa.ColumnElement[bool]] = []
    if as_of is not None:
        limits.append(Posting.effective_on <= as_of)
    if project is not None:
        limits.append(Posting.project == project)
    return limits


def _sides(sign: int) -> sa.Select[*tuple[Any, ...]]:
    """Give postings as debits and credits; with a negative sign, to be taken away.

    They are not added up here: SQLite would then read all postings, in the order of their accounts.
    """
    debit = sa.case((Posting.amount > 0, Posting.amount), else_=0)
    credit = sa.case((Posting.amount < 0, -Posting.amount), else_=0)
    return sa.select(Posting.account_id, (sign * debit).label("debits"), (sign * credit).label("credits"))


def _since(session: Session, horizon: sa.ScalarSelect[int]) -> sa.ColumnElement[bool]:
    """Choose the postings of all accounts from a horizon on, by what finds them: on SQLite, an epoch is an id."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    return (Posting.entry_id if sqlite else Posting.epoch) >= horizon


def _sealed_after(postings: sa.Select[*tuple[Any, ...]], book_id: int, seal: int) -> sa.Select[*tuple[Any, ...]]:
    """Choose the postings of a book's later seals; what has no seal yet stands from `SEALED` on."""
    return postings.join(EntrySeal, EntrySeal.entry_id == Posting.entry_id).where(
        EntrySeal.book_id == book_id, EntrySeal.sequence > seal
    )
