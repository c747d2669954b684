"""The databases that are measured: as safe as in production, unlike those of the tests."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from ledger.cli import database as commands
from ledger.db import Database
from tests import postgres

DURABLE: Final = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "256MB"}
"""What a server of the tests leaves out for speed, and a bit of room."""


@contextmanager
def server() -> Iterator[str]:
    """Run a PostgreSQL server that keeps what it was told; give its address."""
    running = postgres.Server(postgres.find(), DURABLE | {"max_wal_size": "4GB"})
    try:
        yield running.url
    finally:
        running.stop()


@contextmanager
def postgresql(address: str) -> Iterator[Database]:
    """Make an empty, migrated database on a server."""
    url = sa.make_url(address).set(drivername="postgresql+psycopg")
    name = f"bench_{uuid.uuid4().hex}"
    administer(url, f'CREATE DATABASE "{name}"')
    database = Database(url.set(database=name).render_as_string(hide_password=False))
    try:
        commands.migrate(database)
        yield database
    finally:
        database.dispose()
        administer(url, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def sqlite(directory: Path) -> Iterator[Database]:
    """Make an empty, migrated file."""
    database = Database(f"sqlite:///{directory / uuid.uuid4().hex}.db")
    try:
        commands.migrate(database)
        yield database
    finally:
        database.dispose()


def administer(url: sa.URL, statement: str) -> None:
    """Carry out a statement that stands outside of any transaction."""
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
