"""The tables of the book. Read them from `books`, `statements` and `reconciliation`; only `journal` writes entries.

What the database refuses by itself stands in `migrations/sql/`. Few foreign keys point at books, accounts and
periods, because every posting would then lock the same few rows: the check on an entry's header does their work.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ledger.db import Base, BigId

KINDS = ("asset", "liability", "equity", "income", "expense", "memo")
GUARDS = ("none", "credit_only", "debit_only")
ACTS = ("close", "reopen", "close_for_good", "inherited")


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


class Book(Base):
    """The double-entry book of one organisation, with the chart it was opened with.

    `first_month` is the month that its accounting years begin with.
    """

    __tablename__ = "book"
    __table_args__ = (sa.CheckConstraint("first_month BETWEEN 1 AND 12", name="first_month"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str]
    chart: Mapped[str]
    currency: Mapped[str] = mapped_column(sa.String(3))
    first_month: Mapped[int] = mapped_column(sa.SmallInteger)


class Account(Base):
    """An account of a book, in one currency. `guard` says which side of zero it may never reach.

    A `credit_only` account never shows a debit balance, a `debit_only` account never a credit balance.
    """

    __tablename__ = "account"
    __table_args__ = (
        sa.UniqueConstraint("book_id", "code"),
        sa.CheckConstraint(_one_of("kind", KINDS), name="kind"),
        sa.CheckConstraint(_one_of("guard", GUARDS), name="guard"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    book_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("book.id"))
    code: Mapped[str]
    label: Mapped[str]
    kind: Mapped[str]
    currency: Mapped[str] = mapped_column(sa.String(3))
    guard: Mapped[str]
    closed_on: Mapped[date | None]


class Journal(Base):
    """A journal of a book: what the FEC calls JournalCode and JournalLib.

    Entries of a journal that is `closing_work` are still posted in a period that is softly closed.
    """

    __tablename__ = "journal"

    book_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("book.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str]
    closing_work: Mapped[bool] = mapped_column(server_default=sa.false())


class Period(Base):
    """A span of days that closes softly, then for good. Periods of a book never share a day and close in their order.

    `soft_closed_entries` counts its entries at its soft closing but for closing work, `closed_entries` all of them at
    the moment it closed for good. Only a `PeriodAct` changes a period.
    """

    __tablename__ = "period"
    __table_args__ = (
        sa.UniqueConstraint("book_id", "starts_on"),
        sa.CheckConstraint("starts_on <= ends_on", name="span"),
    )

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    book_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("book.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    soft_closed_at: Mapped[datetime | None]
    soft_closed_entries: Mapped[int | None] = mapped_column(sa.BigInteger)
    closed_at: Mapped[datetime | None]
    closed_entries: Mapped[int | None] = mapped_column(sa.BigInteger)


class PeriodAct(Base):
    """What was done to a period, when, by whom and why; the database changes the period as the act is written.

    `inherited` stands for a final closing from before acts were kept, which left costs and income as they were.
    """

    __tablename__ = "period_act"
    __table_args__ = (
        sa.CheckConstraint(_one_of("act", ACTS), name="act"),
        sa.CheckConstraint("act <> 'reopen' OR (\"by\" <> '' AND reason <> '')", name="reason"),
        sa.Index("ix_period_act_period_id", "period_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    period_id: Mapped[int] = mapped_column(sa.Integer, sa.ForeignKey("period.id"))
    act: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]
    reason: Mapped[str]


class Entry(Base):
    """A journal entry: its header, written after its lines.

    `effective_on` is the day it counts for, `occurred_on` the day of the fact (earlier when the fact was learnt
    after its period closed), `recorded_at` when we learnt it. `epoch` orders commits: the transaction's id on
    PostgreSQL, the entry's own id on SQLite, which has one writer.
    """

    __tablename__ = "entry"
    __table_args__ = (
        sa.UniqueConstraint("book_id", "source"),
        sa.UniqueConstraint("id", "epoch"),
        sa.CheckConstraint("occurred_on <= effective_on", name="occurred"),
        sa.CheckConstraint("source <> ''", name="source"),
        sa.CheckConstraint("length(request_hash) = 32", name="request_hash"),
        sa.Index(
            "uq_entry_reverses_id",
            "reverses_id",
            unique=True,
            postgresql_where=sa.text("reverses_id IS NOT NULL"),
            sqlite_where=sa.text("reverses_id IS NOT NULL"),
        ),
        sa.Index("ix_entry_book_id_effective_on", "book_id", "effective_on"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    book_id: Mapped[int] = mapped_column(BigId)
    period_id: Mapped[int] = mapped_column(sa.Integer)
    journal: Mapped[str]
    effective_on: Mapped[date]
    occurred_on: Mapped[date]
    recorded_at: Mapped[datetime]
    source: Mapped[str]
    request_hash: Mapped[bytes]
    reverses_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("entry.id"))
    memo: Mapped[str]
    details: Mapped[dict[str, Any]]
    epoch: Mapped[int] = mapped_column(sa.BigInteger, server_default=sa.FetchedValue())


class Posting(Base):
    """One line of an entry: a signed amount in minor units (debit positive, credit negative) on an account.

    `project` and `contributor` are references of the subjects outside, or empty. `effective_on` repeats the
    entry's. The key to the entry takes in the epoch, so that no other transaction can add a line to an entry.
    """

    __tablename__ = "posting"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["entry_id", "epoch"],
            ["entry.id", "entry.epoch"],
            name="fk_posting_entry",
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.CheckConstraint("n > 0", name="n"),
        sa.CheckConstraint("amount <> 0 AND amount BETWEEN -9000000000000000 AND 9000000000000000", name="amount"),
        sa.Index(
            "ix_posting_account",
            "account_id",
            "epoch",
            postgresql_include=["amount", "effective_on", "project"],
        ),
        sa.Index(
            "ix_posting_project",
            "project",
            "effective_on",
            postgresql_where=sa.text("project <> ''"),
            sqlite_where=sa.text("project <> ''"),
        ),
        sa.Index(
            "ix_posting_contributor",
            "contributor",
            "account_id",
            postgresql_where=sa.text("contributor <> ''"),
            sqlite_where=sa.text("contributor <> ''"),
        ),
        {"sqlite_with_rowid": False},
    )

    entry_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(BigId)
    amount: Mapped[int] = mapped_column(sa.BigInteger)
    effective_on: Mapped[date]
    project: Mapped[str]
    contributor: Mapped[str]
    epoch: Mapped[int] = mapped_column(sa.BigInteger, server_default=sa.FetchedValue())


class BalanceNow(Base):
    """The folded part of an account's balance: what was committed below the fold's horizon."""

    __tablename__ = "balance_now"

    account_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    debits: Mapped[int] = mapped_column(sa.BigInteger)
    credits: Mapped[int] = mapped_column(sa.BigInteger)


class BalanceDay(Base):
    """The folded movements of an account on one day."""

    __tablename__ = "balance_day"

    account_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    effective_on: Mapped[date] = mapped_column(primary_key=True)
    debits: Mapped[int] = mapped_column(sa.BigInteger)
    credits: Mapped[int] = mapped_column(sa.BigInteger)


class BalanceProjectDay(Base):
    """The folded movements of one project on an account on one day."""

    __tablename__ = "balance_project_day"

    project: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    effective_on: Mapped[date] = mapped_column(primary_key=True)
    debits: Mapped[int] = mapped_column(sa.BigInteger)
    credits: Mapped[int] = mapped_column(sa.BigInteger)


class FoldState(Base):
    """The fold's horizon, in one row: all postings with an epoch below `upto` are in the folded balances."""

    __tablename__ = "fold_state"
    __table_args__ = (sa.CheckConstraint("one = 1", name="one"),)

    one: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    upto: Mapped[int] = mapped_column(sa.BigInteger)


class Seal(Base):
    """A batch of entries of a book, sealed: the root over them, chained to the seal before by its hash."""

    __tablename__ = "seal"

    book_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(sa.Integer)
    root: Mapped[bytes]
    previous: Mapped[bytes]
    hash: Mapped[bytes]
    sealed_at: Mapped[datetime]


class EntrySeal(Base):
    """An entry's place in its seal, its leaf there, and its number in its journal and period, for good."""

    __tablename__ = "entry_seal"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["book_id", "sequence"],
            ["seal.book_id", "seal.sequence"],
            name="fk_entry_seal_seal",
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.UniqueConstraint("book_id", "sequence", "position"),
        sa.UniqueConstraint("book_id", "journal", "period_id", "number"),
    )

    entry_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("entry.id"), primary_key=True, autoincrement=False)
    book_id: Mapped[int] = mapped_column(BigId)
    sequence: Mapped[int] = mapped_column(sa.Integer)
    position: Mapped[int] = mapped_column(sa.Integer)
    journal: Mapped[str]
    period_id: Mapped[int] = mapped_column(sa.Integer)
    number: Mapped[int] = mapped_column(sa.Integer)
    leaf: Mapped[bytes]


class SealState(Base):
    """The sealer's horizon, in one row: all entries with an epoch below `upto` are sealed."""

    __tablename__ = "seal_state"
    __table_args__ = (sa.CheckConstraint("one = 1", name="one"),)

    one: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    upto: Mapped[int] = mapped_column(sa.BigInteger)


class Verification(Base):
    """What one check of a whole book found: how much there was, how many problems, and the first of them in words."""

    __tablename__ = "verification"
    __table_args__ = (sa.Index("ix_verification_book_id", "book_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    book_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("book.id"))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    entries: Mapped[int] = mapped_column(sa.BigInteger)
    seals: Mapped[int] = mapped_column(sa.Integer)
    found: Mapped[int] = mapped_column(sa.Integer)
    problems: Mapped[list[dict[str, Any]]]
