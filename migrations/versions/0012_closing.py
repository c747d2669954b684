"""Closing: periods close softly, then for good; each act is kept, and one journal takes the result to own funds."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0012_closing"
down_revision = "0011_verifications"

SQL = Path(__file__).resolve().parents[1] / "sql"
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
    connection = op.get_bind().execution_options(no_parameters=True)
    script = SQL / op.get_context().dialect.name / f"{revision}.sql"
    for statement in script.read_text(encoding="utf-8").strip().split("\n\n"):
        if not all(line.startswith("--") for line in statement.splitlines()):
            connection.exec_driver_sql(statement)
