"""What a migration does in plain SQL: triggers, functions and views, a file for each database in `sql/`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import op

SQL: Final = Path(__file__).with_name("sql")


def run(revision: str, *, only: str = "") -> None:
    """Carry out a revision's statements for the database there is, one in each paragraph; comments may stand alone.

    With `only`, the revision has statements for the database of that name and nothing to do elsewhere.
    """
    database = op.get_context().dialect.name
    if only not in {"", database}:
        return
    connection = op.get_bind().execution_options(no_parameters=True)
    for statement in (SQL / database / f"{revision}.sql").read_text(encoding="utf-8").strip().split("\n\n"):
        if not all(line.startswith("--") for line in statement.splitlines()):
            connection.exec_driver_sql(statement)
