"""The migrations make the schema that the models describe, on both databases."""

from __future__ import annotations

import sqlalchemy as sa

from ledger.cli import checks
from ledger.db import Database


def test_the_migrations_agree_with_the_models(database: Database) -> None:
    assert not list(checks.drift(database))


def test_a_column_that_only_the_database_has_is_seen(database: Database) -> None:
    with database.transaction() as session:
        session.execute(sa.text("ALTER TABLE person ADD COLUMN shoe_size INTEGER"))
    assert any("shoe_size" in difference for difference in checks.drift(database))
