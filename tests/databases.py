"""The databases of the tests: migrated once for a run, then copied for every test that asks for one."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from ledger.cli import database as commands
from ledger.db import Database

RUN_DIRECTORY: Final = "TEST_RUN_DIRECTORY"
"""The variable by which the processes of one run share a directory."""

SERVER_URLS: Final = "TEST_SERVER_URLS"
"""The variable by which they know the PostgreSQL servers of the run, separated by spaces.

Each process has one of its own: what runs in any database of a cluster holds back what is final in all of them, and
a test of sealing would wait for the tests beside it.
"""


def sqlite(directory: Path) -> Iterator[Database]:
    """Copy the migrated file into a directory, and open the copy until the test ends."""
    template = _run_directory() / "template.db"
    with _one_at_a_time():
        if not template.exists():
            unfinished = template.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            _migrate_at(f"sqlite:///{unfinished}")
            unfinished.rename(template)
    shutil.copyfile(template, directory / "ecot.db")
    yield from _opened(f"sqlite:///{directory / 'ecot.db'}")


def postgresql() -> Iterator[Database]:
    """Copy the migrated database on the server, and open the copy until the test ends."""
    server = sa.make_url(server_url())
    template = _template()
    name = f"ecot_{uuid.uuid4().hex}"
    with _one_at_a_time(), _administration(server) as connection:
        if not connection.scalar(sa.text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": template}):
            (_run_directory() / template).touch()
            unfinished = f"{template}_unfinished"
            connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{unfinished}"'))
            connection.execute(sa.text(f'CREATE DATABASE "{unfinished}" TEMPLATE template0'))
            _migrate_at(_text(server.set(database=unfinished)))
            connection.execute(sa.text(f'ALTER DATABASE "{unfinished}" RENAME TO "{template}"'))
    with _administration(server) as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    try:
        yield from _opened(_text(server.set(database=name)))
    finally:
        with _administration(server) as connection:
            connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))


def forget_template() -> None:
    """Drop the run's template from a server that outlives the run."""
    if not (_run_directory() / _template()).exists():
        return
    with _administration(sa.make_url(server_url())) as connection:
        for name in (_template(), f"{_template()}_unfinished"):
            connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


def server_url() -> str:
    """Give the address of the server of this process."""
    urls = os.environ[SERVER_URLS].split(" ")
    number = re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or "0"
    return urls[int(number) % len(urls)]


def _template() -> str:
    return re.sub(r"\W", "_", f"ecot_template_{_run_directory().name}".lower())


def _run_directory() -> Path:
    return Path(os.environ[RUN_DIRECTORY])


def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.dispose()


def _migrate_at(url: str) -> None:
    for database in _opened(url):
        commands.migrate(database)


def _text(url: sa.URL) -> str:
    return url.render_as_string(hide_password=False)


@contextmanager
def _administration(server: sa.URL) -> Iterator[sa.Connection]:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Wait while another process of the run migrates."""
    with (_run_directory() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
