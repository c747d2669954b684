"""Verifications: what each check of a book found, and up to which seal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011_verifications"
down_revision = "0010_seals"

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "verification",
        sa.Column("id", ID, primary_key=True),
        sa.Column("book_id", ID, sa.ForeignKey("book.id"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("seals", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
    )
    op.create_index("ix_verification_book_id", "verification", ["book_id", "id"])
