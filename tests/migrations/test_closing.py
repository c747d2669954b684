"""What the migration to soft closings makes of books that were kept before it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from ledger.books import balances, closing, periods
from ledger.books.verify import verify
from ledger.cli import database as commands
from ledger.db import Database
from ledger.money import Money
from tests import databases
from tests.factories.books import NOW, make_donation, make_entry

CLOSED_AT = datetime(2026, 2, 1, 10, 0, tzinfo=UTC)
BEFORE = (
    "INSERT INTO book (id, name, chart, currency, first_month) VALUES (1, 'x', 'association', 'EUR', 1)",
    "INSERT INTO journal (book_id, code, label) VALUES (1, 'OD', 'Opérations diverses'), (1, 'STR', 'Stripe')",
    "INSERT INTO period (id, book_id, starts_on, ends_on) VALUES (101, 1, '2025-01-01', '2025-12-31')",
    "INSERT INTO period (id, book_id, starts_on, ends_on) VALUES (102, 1, '2026-01-01', '2026-12-31')",
)
LINES = (
    "INSERT INTO posting (entry_id, n, account_id, amount, effective_on, project, contributor{epoch})"
    " VALUES (1, 1, 1, 500, '2025-05-01', '', ''{one}), (1, 2, 2, -500, '2025-05-01', '', ''{one})"
)
HEADER = (
    "INSERT INTO entry (id, book_id, period_id, journal, effective_on, occurred_on, recorded_at, source, request_hash,"
    " memo, details{epoch}) VALUES (1, 1, 101, 'STR', '2025-05-01', '2025-05-01', '2025-05-01 10:00:00.000000',"
    " 'stripe:1', {hash}, '', '{{}}'{one})"
)
CLOSING = "UPDATE period SET closed_at = '2026-02-01 10:00:00.000000', closed_entries = 1 WHERE id = 101"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without tables."""
    if request.param == "sqlite":
        yield from databases._opened(f"sqlite:///{tmp_path / 'empty.db'}")
        return
    server = sa.make_url(databases.server_url())
    name = f"ecot_{uuid.uuid4().hex}"
    with databases._administration(server) as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}" TEMPLATE template0'))
    try:
        yield from databases._opened(databases._text(server.set(database=name)))
    finally:
        with databases._administration(server) as connection:
            connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))


def _kept_before(database: Database) -> None:
    """Keep a book with a gift in a year that is closed, at the schema before."""
    sqlite = database.is_sqlite
    draft = make_donation(on=date(2025, 5, 1)).fingerprint().hex()
    words = {
        "epoch": ", epoch" if sqlite else "",
        "one": ", 1" if sqlite else "",
        "hash": f"x'{draft}'" if sqlite else f"decode('{draft}', 'hex')",
    }
    accounts = [(1, "512100", "asset"), (2, "754110", "income"), (3, "120", "equity"), (4, "627100", "expense")]
    with database.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE").connect() as c:
        command.upgrade(commands.configuration(c), "0011_verifications")
        for statement in BEFORE:
            c.execute(sa.text(statement))
        for account, code, kind in (*accounts, (5, "511510", "asset")):
            c.execute(
                sa.text(
                    "INSERT INTO account (id, book_id, code, label, kind, currency, guard)"
                    f" VALUES ({account}, 1, '{code}', 'x', '{kind}', 'EUR', 'none')"
                )
            )
        for statement in (LINES, HEADER, CLOSING):
            c.execute(sa.text(statement.format(**words)))
        if not sqlite:
            c.execute(sa.text("SELECT setval('entry_id_seq', 100)"))
        c.commit()


def test_a_year_that_was_closed_stays_closed_and_the_next_one_takes_its_result(empty: Database) -> None:
    _kept_before(empty)
    commands.migrate(empty)
    with empty.transaction() as session:
        old, new = periods.of_book(session, 1)
        assert (old.soft_closed_at, old.closed_at) == (CLOSED_AT, CLOSED_AT)
        assert new.is_open
        assert [(act.period_id, act.act, act.at) for act in periods.acts(session, 1)] == [(101, "inherited", CLOSED_AT)]
        assert {problem.check for problem in verify(session)} == {"content_altered"}  # its fingerprint is made up
        make_entry(session, 1, make_donation(20, fee=100))
        periods.close(session, new.id, now=NOW)
        assert closing.close_year(session, new.id, by="Camille", now=NOW).result == Money(500 + 1900)
        assert balances.of(session, 1, "120") == Money(-2400)
        assert {problem.check for problem in verify(session)} == {"content_altered"}
