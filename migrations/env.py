"""How Alembic reaches the database: the URL or connection comes from `ledger.cli.database` or from the tests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

import ledger.books.models
import ledger.contributions.models
import ledger.organisations.models
import ledger.payments.models
import ledger.people.models
import ledger.projects.models
import ledger.receipts.models  # noqa: F401
from ledger.db import Base, Database


def include_object(
    item: object,  # noqa: ARG001
    name: str | None,
    kind: str,
    reflected: bool,  # noqa: FBT001
    compare_to: object,  # noqa: ARG001
) -> bool:
    """Leave out what SQLite has no name for: the job queue's own tables and BRIN indexes on PostgreSQL."""
    own_of_postgresql = (name or "").startswith("procrastinate_") or (name or "").endswith("_brin")
    return not (kind in {"table", "index"} and reflected and own_of_postgresql)


def run(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include_object,
        compare_type=True,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    connection: sa.Connection | None = context.config.attributes.get("connection")
    if connection is not None:
        run(connection)
        return
    database = Database(context.config.get_main_option("sqlalchemy.url") or "")
    with database.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE").connect() as own:
        run(own)
        own.commit()
    database.dispose()


main()
