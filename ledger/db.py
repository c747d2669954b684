"""The database: one declarative base, the column types, and the two ways in: `transaction()` and `reading()`.

Works alike on SQLite (one file, WAL, full sync) and PostgreSQL (psycopg 3). A transaction on SQLite begins
IMMEDIATE, so that a writer waits for its turn at the start and never fails half-way; a reading is one snapshot
and cannot write.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

from ledger.errors import Unavailable

BUSY_TIMEOUT_MS: Final = 10_000
"""How long a SQLite writer waits for its turn before the database is called unavailable."""

NAMING: Final = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

BigId: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""A 64-bit key; SQLite numbers rows by itself only for the type INTEGER."""


def word(kind: type[StrEnum]) -> sa.Enum:
    """The column type of an enumeration: its value as a word, so that a new word needs no change of the table."""
    return sa.Enum(kind, native_enum=False, length=20, values_callable=lambda members: [each.value for each in members])


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware UTC instant: timestamptz on PostgreSQL, ISO text on SQLite."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse a naive instant; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Give back an aware instant whatever the database stores."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What every table's class derives from."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own form
        datetime: Instant,
        str: sa.Text,
        bytes: sa.LargeBinary,
        dict[str, Any]: sa.JSON,
    }


class Database:
    """A database and the two ways in. One for each process, made in `wiring`."""

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self.engine = sa.create_engine(self.url, **_engine_options(self.url))
        if self.is_sqlite:
            _prepare_sqlite(self.engine)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the one-file database."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a writing transaction: committed when the block ends, rolled back when it raises.

        Raises:
            Unavailable: the database cannot be reached or stays locked; nothing was written.
        """
        with self._session(sqlite_begin="BEGIN IMMEDIATE") as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a snapshot to read from: all its queries see the same instant, and none can write.

        Raises:
            Unavailable: the database cannot be reached.
        """
        options: dict[str, Any] = {"sqlite_begin": "BEGIN", "sqlite_read_only": True}
        if not self.is_sqlite:
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._session(**options) as session:
            yield session

    @contextmanager
    def _session(self, **options: Any) -> Iterator[Session]:
        try:
            with (
                self.engine.execution_options(**options).connect() as connection,
                Session(bind=connection, expire_on_commit=False) as session,
            ):
                yield session
        except (OperationalError, InterfaceError) as error:
            raise Unavailable("database_unavailable", detail=type(error.orig).__name__) from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise Unavailable("database_unavailable", detail="connection lost") from error
            raise

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def add_once(session: Session, row: Base) -> bool:
    """Insert a row unless one with the same unique key is there already, also by a transaction under way.

    Gives False when there is one; the session goes on as if nothing had been tried.
    """
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return False
    return True


def _engine_options(url: sa.URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": BUSY_TIMEOUT_MS / 1000}}
    return {"pool_pre_ping": True, "connect_args": {"prepare_threshold": None}}


def _prepare_sqlite(engine: sa.Engine) -> None:
    """Take transaction control from the driver, which would begin late and commit before DDL."""

    @sa.event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begun(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        connection.exec_driver_sql(f"PRAGMA query_only={int(options.get('sqlite_read_only', False))}")
        connection.exec_driver_sql(options.get("sqlite_begin", "BEGIN"))
