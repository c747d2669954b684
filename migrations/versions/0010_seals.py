"""Seals: entries numbered without a gap, hashed into trees, the roots chained."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import scripts

revision = "0010_seals"
down_revision = "0003_subjects"

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "seal",
        sa.Column("book_id", ID, primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "entry_seal",
        sa.Column("entry_id", ID, sa.ForeignKey("entry.id"), primary_key=True, autoincrement=False),
        sa.Column("book_id", ID, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("journal", sa.Text(), nullable=False),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
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
    state = op.create_table(
        "seal_state",
        sa.Column("one", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("one = 1", name="one"),
    )
    op.bulk_insert(state, [{"one": 1, "upto": 0}])
    scripts.run(revision)
