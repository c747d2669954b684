"""The tail of a balance: on PostgreSQL, planned for the horizon that there is."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0015_tail"
down_revision = "0014_plain"

SQL = Path(__file__).resolve().parents[1] / "sql"


def upgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    connection = op.get_bind().execution_options(no_parameters=True)
    for statement in (SQL / "postgresql" / f"{revision}.sql").read_text(encoding="utf-8").strip().split("\n\n"):
        if not all(line.startswith("--") for line in statement.splitlines()):
            connection.exec_driver_sql(statement)
