"""`ecot database`: the schema brought up to date."""

from __future__ import annotations

import io
from pathlib import Path

import click
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from ledger.cli import settings as command_settings
from ledger.config import ROOT, Settings
from ledger.db import Database


@click.group()
def database() -> None:
    """The database and its schema."""


@database.command("upgrade")
def upgrade_command() -> None:
    """Create the database, or bring its schema up to date."""
    upgrade(command_settings.read())


def upgrade(settings: Settings) -> None:
    """Bring the database of the settings to the newest schema, made if it is not there (SQLite)."""
    with command_settings.opened(settings) as opened:
        if opened.is_sqlite and opened.url.database:
            Path(opened.url.database).parent.mkdir(parents=True, exist_ok=True)
        migrate(opened)


def migrate(opened: Database) -> None:
    """Bring an open database to the newest schema, all of it or nothing."""
    with opened.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE").connect() as connection:
        command.upgrade(configuration(connection), "head")
        connection.commit()


def configuration(connection: sa.Connection) -> Config:
    """Tell Alembic where the migrations lie, and the connection to use."""
    told = Config(stdout=io.StringIO())
    told.set_main_option("script_location", str(ROOT / "migrations"))
    told.set_main_option("prepend_sys_path", str(ROOT))
    told.set_main_option("path_separator", "newline")
    told.attributes["connection"] = connection
    return told
