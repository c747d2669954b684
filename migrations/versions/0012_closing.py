"""Closing: periods close softly, then for good; each act is kept, and one journal takes the result to own funds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import scripts

revision = "0012_closing"
down_revision = "0011_verifications"

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("journal", sa.Column("closing_work", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("period", sa.Column("soft_closed_at", sa.DateTime(timezone=True)))
    op.add_column("period", sa.Column("soft_closed_entries", sa.BigInteger()))
    op.create_table(
        "period_act",
        sa.Column("id", ID, primary_key=True),
        sa.Column("period_id", sa.Integer(), sa.ForeignKey("period.id"), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("act IN ('close', 'reopen', 'close_for_good', 'inherited')", name="act"),
        sa.CheckConstraint("act <> 'reopen' OR (\"by\" <> '' AND reason <> '')", name="reason"),
    )
    op.create_index("ix_period_act_period_id", "period_act", ["period_id", "id"])
    scripts.run(revision)
