"""`ecot database`: the schema brought up to date."""

from __future__ import annotations

from pathlib import Path

import click
from alembic import command
from alembic.config import Config

from ledger.cli import settings as command_settings
from ledger.config import ROOT, Settings


@click.group()
def database() -> None:
    """The database and its schema."""


@database.command("upgrade")
def upgrade_command() -> None:
    """Create the database, or bring its schema up to date."""
    upgrade(command_settings.read())


def upgrade(settings: Settings) -> None:
    """Bring the database of the settings to the newest schema, made if it is not there (SQLite)."""
    configuration = Config()
    configuration.set_main_option("script_location", str(ROOT / "migrations"))
    with command_settings.opened(settings) as opened:
        if opened.is_sqlite and opened.url.database:
            Path(opened.url.database).parent.mkdir(parents=True, exist_ok=True)
        with opened.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE").connect() as connection:
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, "head")
            connection.commit()
