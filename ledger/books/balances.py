"""Balances: exact at every instant, though no poster ever updates one.

A balance is what was folded plus the tail: the postings at or above the fold's horizon. Both are read by one
statement, so from one snapshot. `fold` moves the horizon up in the background; where it stops, reads grow slow
and stay exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.books.models import Account, BalanceDay, BalanceNow, BalanceProjectDay, Entry, FoldState, Posting
from ledger.books.refusals import UnknownAccount
from ledger.money import Money

HORIZON = sa.select(FoldState.upto).scalar_subquery()


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
) -> Money:
    """Give the balance of an account (debit positive), at the end of a day when one is given.

    With a project or a contributor, only the postings that name it count.

    Raises:
        UnknownAccount.
    """
    if contributor is not None:
        parts = [_tail(as_of, project, Posting.contributor == contributor)]
    else:
        parts = [_folded(as_of, project), _tail(as_of, project, Posting.epoch >= HORIZON)]
    balance = sum((sa.func.coalesce(part, 0) for part in parts), start=sa.literal(0))
    row = session.execute(
        sa.select(Account.currency, balance).where(Account.book_id == book_id, Account.code == account)
    ).one_or_none()
    if row is None:
        raise UnknownAccount(account=account)
    return Money(int(row[1]), row[0])


def trial(
    session: Session, book_id: int, *, as_of: date | None = None, project: str | None = None
) -> tuple[TrialRow, ...]:
    """Draw the trial balance: every account that was ever posted to, by code; of one project when given."""
    table: Any = BalanceNow if as_of is None else BalanceDay
    folded = sa.select(table.account_id, table.debits, table.credits)
    if project is not None:
        folded = sa.select(BalanceProjectDay.account_id, BalanceProjectDay.debits, BalanceProjectDay.credits).where(
            BalanceProjectDay.project == project
        )
        table = BalanceProjectDay
    if as_of is not None:
        folded = folded.where(table.effective_on <= as_of)
    debits, credits_ = _sides()
    tail = sa.select(Posting.account_id, debits, credits_).where(Posting.epoch >= HORIZON, *_limits(as_of, project))
    moved = folded.union_all(tail.group_by(Posting.account_id)).subquery()
    statement = (
        sa.select(
            Account.code,
            Account.label,
            Account.kind,
            Account.currency,
            sa.func.sum(moved.c.debits),
            sa.func.sum(moved.c.credits),
        )
        .join(moved, moved.c.account_id == Account.id)
        .where(Account.book_id == book_id)
        .group_by(Account.id)
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


def _folded(as_of: date | None, project: str | None) -> sa.ScalarSelect[Any]:
    table: Any = BalanceNow
    if project is not None:
        table = BalanceProjectDay
    elif as_of is not None:
        table = BalanceDay
    statement = sa.select(sa.func.sum(table.debits - table.credits)).where(table.account_id == Account.id)
    if project is not None:
        statement = statement.where(table.project == project)
    if as_of is not None:
        statement = statement.where(table.effective_on <= as_of)
    return statement.correlate(Account).scalar_subquery()


def _tail(as_of: date | None, project: str | None, which: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    statement = sa.select(sa.func.sum(Posting.amount)).where(
        Posting.account_id == Account.id, which, *_limits(as_of, project)
    )
    return statement.correlate(Account).scalar_subquery()


def _limits(as_of: date | None, project: str | None) -> list[sa.ColumnElement[bool]]:
    limits: list[sa.ColumnElement[bool]] = []
    if as_of is not None:
        limits.append(Posting.effective_on <= as_of)
    if project is not None:
        limits.append(Posting.project == project)
    return limits


def _sides() -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    """Sum debits and credits apart."""
    debit = sa.case((Posting.amount > 0, Posting.amount), else_=0)
    credit = sa.case((Posting.amount < 0, -Posting.amount), else_=0)
    return sa.func.sum(debit), sa.func.sum(credit)
