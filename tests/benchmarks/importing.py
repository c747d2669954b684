"""Importing: a history of a million lines through the journal, against a bare COPY of the same rows."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any, Final

import psycopg

from ledger.books import journal
from ledger.books.drafts import EntryDraft
from ledger.db import Database
from tests.benchmarks import stores
from tests.benchmarks.measure import Figure
from tests.factories.books import NOW, make_book, make_donation

ENTRIES: Final = 333_334
LINES: Final = 3
TURNS: Final = 3

BARE: Final = """
CREATE TABLE bare_posting (LIKE posting INCLUDING DEFAULTS INCLUDING INDEXES);
CREATE TABLE bare_entry (LIKE entry INCLUDING DEFAULTS INCLUDING INDEXES);
"""
ROWS: Final = (
    ("posting", "bare_posting", "entry_id, n, account_id, amount, effective_on, project, contributor"),
    (
        "entry",
        "bare_entry",
        "id, book_id, period_id, journal, effective_on, occurred_on, recorded_at, source, request_hash, memo, details",
    ),
)


def measure() -> Iterator[Figure]:
    """Measure on PostgreSQL, the two taking turns."""
    spans: list[tuple[float, float]] = []
    with stores.server() as address:
        for _ in range(TURNS):
            with stores.postgresql(address) as database:
                ours = _seconds(lambda: bring(database, ENTRIES))
                spans.append((ours, _copy(database)))
    ours, bare = (statistics.median(each) for each in zip(*spans, strict=True))
    ratio = statistics.median(b / a for a, b in spans)
    shown = f"{ENTRIES * LINES / ours:,.0f} lines/s against {ENTRIES * LINES / bare:,.0f}"
    yield Figure(f"import of {ENTRIES * LINES:,} lines, PostgreSQL, against a bare COPY", shown, ratio, 0.25)


def bring(database: Database, entries: int) -> int:
    """Post a year of gifts to a new book in one transaction; give the book's id."""
    with database.transaction() as session:
        book_id = make_book(session)
        journal.post_many(session, book_id, history(entries), now=NOW)
    return book_id


def history(entries: int) -> Iterator[EntryDraft]:
    """Give the gifts of a year to fifty projects."""
    first = date(2026, 1, 1)
    return (
        make_donation(
            10 + n % 90,
            source=f"stripe:txn_{n:024}",
            on=first + timedelta(days=n * 365 // entries),
            project=f"PRJ{n % 50:06}",
            contributor=f"C{n % 9973:06}",
        )
        for n in range(entries)
    )


def _copy(database: Database) -> float:
    """Put the same rows by COPY, as psycopg writes rows, into tables that have the indexes of ours and no check."""
    with _raw(database) as connection:
        connection.execute(BARE)
        taken = [(bare, names, _rows(connection, table, names)) for table, bare, names in ROWS]
        connection.commit()

        def put_in() -> None:
            for bare, names, rows in taken:
                with connection.cursor().copy(f"COPY {bare} ({names}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            connection.commit()

        return _seconds(put_in)


def _rows(connection: psycopg.Connection[Any], table: str, names: str) -> list[tuple[Any, ...]]:
    rows = connection.execute(f"SELECT {names.replace('details', 'details::text')} FROM {table}")
    return rows.fetchall()


@contextmanager
def _raw(database: Database) -> Iterator[psycopg.Connection[Any]]:
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        yield connection


def _seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun
