"""Sealing and verifying: entries a second, against what a busy site posts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from ledger.books import balances, seals
from ledger.books.verify import verify
from ledger.db import Database
from tests.benchmarks import stores
from tests.benchmarks.importing import bring
from tests.benchmarks.measure import Figure, rate
from tests.factories.books import NOW

ENTRIES: Final = 100_000
SEALED: Final = 10_000
VERIFIED: Final = 20_000


def measure() -> Iterator[Figure]:
    """Measure on both databases."""
    with stores.server() as address, stores.postgresql(address) as database:
        yield from _measure(database, "PostgreSQL")
    with tempfile.TemporaryDirectory() as directory, stores.sqlite(Path(directory)) as database:
        yield from _measure(database, "SQLite")


def _measure(database: Database, engine: str) -> Iterator[Figure]:
    bring(database, ENTRIES)
    if not database.is_sqlite:
        with database.transaction() as session:
            session.execute(sa.text("ANALYZE"))
    sealed = rate(lambda: _seal(database))
    yield Figure(f"sealing, {engine}, entries a second", f"{sealed:,.0f}/s", sealed, SEALED)
    with database.transaction() as session:
        balances.fold(session)
    verified = rate(lambda: _verify(database))
    yield Figure(f"verifying every invariant, {engine}, entries a second", f"{verified:,.0f}/s", verified, VERIFIED)


def _seal(database: Database) -> int:
    with database.transaction() as session:
        return sum(one.size for one in seals.seal(session, now=NOW))


def _verify(database: Database) -> int:
    with database.reading() as session:
        if problems := verify(session):
            raise RuntimeError(problems[0])
    return ENTRIES
