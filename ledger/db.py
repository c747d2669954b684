"""The database: one declarative base, the column types, and the two ways in: `transaction()` and `reading()`.

Works alike on SQLite (one file, WAL, full sync) and PostgreSQL (psycopg 3). A transaction on SQLite begins
IMMEDIATE, so that a writer waits for its turn at the start and never fails half-way; a reading is one snapshot
and cannot write.
"""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

from ledger.errors import Invalid, Unavailable

PATIENCE: Final = 10.0
"""How many seconds a SQLite writer waits for its turn, and how long PostgreSQL may take to let us in, before the
database is called unavailable."""

REST: Final = 1.0
"""After how many unused seconds a connection is asked whether it is still there."""

PREPARE_AFTER: Final = 5
"""How often PostgreSQL plans a statement anew before its plan is kept."""

READING: Final = {
    "sqlite_begin": "BEGIN",
    "sqlite_read_only": True,
    "postgresql_begin": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
}
"""How a transaction that only reads begins."""

NAMING: Final = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

BigId: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""A 64-bit key; SQLite numbers rows by itself only for the type INTEGER."""


_UNIQUE_VIOLATION: Final = "23505"
_UNDEFINED_TABLE: Final = "42P01"
_PASSING: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)
"""What SQLite reports that may be otherwise the next time; its other operational errors are faults of ours."""


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
        list[dict[str, Any]]: sa.JSON,
    }


class Database:
    """A database and the two ways in. One for each process, made in `wiring`."""

    def __init__(self, url: str, *, patience: float = PATIENCE, prepared: bool = True, rest: float = REST) -> None:
        """Prepare to connect; nothing is reached yet.

        Without `prepared`, PostgreSQL plans every statement anew: for a pooler between that cannot keep prepared ones.

        Raises:
            Invalid: the address names neither SQLite nor PostgreSQL.
        """
        self.url = _read_url(url)
        self.engine = sa.create_engine(self.url, **_engine_options(self.url, patience=patience, prepared=prepared))
        # Who waits for a stuck writer is told so, as on SQLite.
        self._writing = {
            "sqlite_begin": "BEGIN IMMEDIATE",
            "postgresql_begin": f"BEGIN; SET LOCAL lock_timeout = {math.ceil(patience * 1000)}",
        }
        if self.is_sqlite:
            _prepare_sqlite(self.engine)
        else:
            _prepare_postgresql(self.engine)
            _ask_after_a_rest(self.engine, rest)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the one-file database."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a writing transaction: committed when the block ends, rolled back when it raises.

        Raises:
            Unavailable: the database cannot be reached, stays locked, is full, or lacks its tables. Nothing was
                written, unless the connection was lost while it was committed: what is tried again must be such
                that twice is once.
        """
        with self._session(self._writing) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a snapshot to read from: all its queries see the same instant, and none can write.

        Raises:
            Unavailable: the database cannot be reached, or lacks its tables.
        """
        with self._session(READING) as session:
            yield session

    @contextmanager
    def _session(self, options: Mapping[str, Any]) -> Iterator[Session]:
        try:
            with (
                self.engine.execution_options(**options).connect() as connection,
                Session(bind=connection, expire_on_commit=False) as session,
            ):
                yield session
        except DBAPIError as error:
            if reason := _why_unavailable(error):
                raise Unavailable(reason, detail=type(error.orig).__name__) from error
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
    except IntegrityError as error:
        if not _is_duplicate(error):
            raise
        return False
    return True


def _is_duplicate(error: IntegrityError) -> bool:
    if isinstance(error.orig, sqlite3.Error):
        return error.orig.sqlite_errorcode in {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}
    return getattr(error.orig, "sqlstate", "") == _UNIQUE_VIOLATION


def _why_unavailable(error: DBAPIError) -> str:
    """Say why the same may be tried again later; nothing for a fault of the program."""
    if isinstance(error.orig, sqlite3.Error):
        if "no such table" in str(error.orig):
            return "database_not_upgraded"
        primary = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        return "database_unavailable" if primary in _PASSING else ""
    if getattr(error.orig, "sqlstate", "") == _UNDEFINED_TABLE:
        return "database_not_upgraded"
    lost = error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return "database_unavailable" if lost else ""


def _read_url(url: str) -> sa.URL:
    try:
        read = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise Invalid("database_url_unusable", name="database.url") from None  # the cause would tell the password
    if read.get_backend_name() not in {"sqlite", "postgresql"}:
        raise Invalid("database_url_unusable", name="database.url")
    return read


def _engine_options(url: sa.URL, *, patience: float, prepared: bool) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": patience}}
    threshold = PREPARE_AFTER if prepared else None
    return {
        "isolation_level": "AUTOCOMMIT",  # the driver's; see _prepare_postgresql
        "connect_args": {"prepare_threshold": threshold, "connect_timeout": math.ceil(patience)},
    }


def _prepare_postgresql(engine: sa.Engine) -> None:
    """Take the beginning of transactions from the driver, which would send it and its settings apart from each other.

    A connection that asks for an isolation level by name begins as the driver has it.
    """

    @sa.event.listens_for(engine, "begin")
    def begun(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        if "isolation_level" in options:
            return
        statement = options.get("postgresql_begin", "BEGIN")
        driver: Any = connection.connection.driver_connection
        try:
            driver.execute(statement, prepare=False)
        except psycopg.Error as error:
            connection.invalidate(error)
            raise OperationalError(statement, None, error, connection_invalidated=True) from error


def _ask_after_a_rest(engine: sa.Engine, rest: float) -> None:
    """Ask a connection that has rested whether it is still there; one in use is not asked, which would cost a trip."""

    @sa.event.listens_for(engine, "checkin")
    def rests(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    @sa.event.listens_for(engine, "checkout")
    def wakes(connection: Any, record: Any, _fairy: Any) -> None:
        if time.monotonic() - record.info.get("rests_since", math.inf) < rest:
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error as error:
            raise sa.exc.DisconnectionError from error  # the pool connects anew


def _prepare_sqlite(engine: sa.Engine) -> None:
    """Take transaction control from the driver, which would begin late and commit before DDL."""

    @sa.event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begun(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        connection.exec_driver_sql(f"PRAGMA query_only={int(options.get('sqlite_read_only', False))}")
        connection.exec_driver_sql(options.get("sqlite_begin", "BEGIN"))
