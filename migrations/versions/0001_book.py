"""The book: accounts, journals, periods, entries, postings and their folded balances."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from migrations import scripts

revision = "0001_book"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    sqlite = op.get_context().dialect.name == "sqlite"
    _ground()
    _entries(sqlite=sqlite)
    _postings(sqlite=sqlite)
    _balances()
    scripts.run(revision)


def _epoch(*, sqlite: bool) -> sa.Column[int]:
    default = None if sqlite else sa.text("(pg_current_xact_id()::text::bigint)")
    return sa.Column("epoch", sa.BigInteger(), server_default=default, nullable=False)


def _ground() -> None:
    op.create_table(
        "book",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("chart", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("first_month", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("first_month BETWEEN 1 AND 12", name="first_month"),
    )
    op.create_table(
        "account",
        sa.Column("id", ID, primary_key=True),
        sa.Column("book_id", ID, sa.ForeignKey("book.id"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("guard", sa.Text(), nullable=False),
        sa.Column("closed_on", sa.Date()),
        sa.UniqueConstraint("book_id", "code"),
        sa.CheckConstraint("kind IN ('asset', 'liability', 'equity', 'income', 'expense', 'memo')", name="kind"),
        sa.CheckConstraint("guard IN ('none', 'credit_only', 'debit_only')", name="guard"),
    )
    op.create_table(
        "journal",
        sa.Column("book_id", ID, sa.ForeignKey("book.id"), primary_key=True, autoincrement=False),
        sa.Column("code", sa.Text(), primary_key=True),
        sa.Column("label", sa.Text(), nullable=False),
    )
    op.create_table(
        "period",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("book_id", ID, sa.ForeignKey("book.id"), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.Column("closed_entries", sa.BigInteger()),
        sa.UniqueConstraint("book_id", "starts_on"),
        sa.CheckConstraint("starts_on <= ends_on", name="span"),
    )


def _entries(*, sqlite: bool) -> None:
    op.create_table(
        "entry",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("book_id", ID, nullable=False),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("journal", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("reverses_id", ID, sa.ForeignKey("entry.id")),
        sa.Column("memo", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        _epoch(sqlite=sqlite),
        sa.UniqueConstraint("book_id", "source"),
        sa.UniqueConstraint("id", "epoch"),
        sa.CheckConstraint("occurred_on <= effective_on", name="occurred"),
        sa.CheckConstraint("source <> ''", name="source"),
        sa.CheckConstraint("length(request_hash) = 32", name="request_hash"),
    )
    only = sa.text("reverses_id IS NOT NULL")
    op.create_index(
        "uq_entry_reverses_id",
        "entry",
        ["reverses_id"],
        unique=True,
        postgresql_where=only,
        sqlite_where=only,
    )
    op.create_index("ix_entry_book_id_effective_on", "entry", ["book_id", "effective_on"])


def _postings(*, sqlite: bool) -> None:
    # SQLite keeps whatever it is given in any column: text and fractions are refused here.
    whole = ["entry_id", "n", "account_id", "amount"] if sqlite else []
    checks = [sa.CheckConstraint(f"typeof({name}) = 'integer'", name=f"whole_{name}") for name in whole]
    op.create_table(
        "posting",
        sa.Column("entry_id", ID, primary_key=True, autoincrement=False),
        sa.Column("n", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("contributor", sa.Text(), nullable=False),
        _epoch(sqlite=sqlite),
        sa.ForeignKeyConstraint(
            ["entry_id", "epoch"],
            ["entry.id", "entry.epoch"],
            name="fk_posting_entry",
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.CheckConstraint("n > 0", name="n"),
        sa.CheckConstraint("amount <> 0 AND amount BETWEEN -9000000000000000 AND 9000000000000000", name="amount"),
        *checks,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_posting_account",
        "posting",
        ["account_id", "epoch"],
        postgresql_include=["amount", "effective_on", "project"],
    )
    for name, columns in {"project": ["project", "effective_on"], "contributor": ["contributor", "account_id"]}.items():
        only = sa.text(f"{name} <> ''")
        op.create_index(f"ix_posting_{name}", "posting", columns, postgresql_where=only, sqlite_where=only)


def _balances() -> None:
    def sums() -> tuple[sa.Column[int], sa.Column[int]]:
        return (
            sa.Column("debits", sa.BigInteger(), nullable=False),
            sa.Column("credits", sa.BigInteger(), nullable=False),
        )

    def key(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
        return sa.Column(name, kind, primary_key=True, autoincrement=False)

    account, day, project = ("account_id", ID), ("effective_on", sa.Date()), ("project", sa.Text())
    op.create_table("balance_now", key(*account), *sums())
    op.create_table("balance_day", key(*account), key(*day), *sums())
    op.create_table("balance_project_day", key(*project), key(*account), key(*day), *sums())
    state = op.create_table(
        "fold_state",
        sa.Column("one", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("one = 1", name="one"),
    )
    op.bulk_insert(state, [{"one": 1, "upto": 0}])
