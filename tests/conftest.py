"""The ground of every test: a migrated database on each engine, closed sockets, and a word on what could not run."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import hypothesis
import pytest
import pytest_socket

from ledger.db import Database
from tests import databases, postgres, requirements

SERVERS: Final = pytest.StashKey[list[postgres.Server]]()
DIRECTORY: Final = pytest.StashKey[Path]()

hypothesis.settings.register_profile("ecot", deadline=None, print_blob=True)
hypothesis.settings.register_profile("long", hypothesis.settings.get_profile("ecot"))
hypothesis.settings.load_profile("ecot")


def pytest_configure(config: pytest.Config) -> None:
    """Make the directory that the processes of this run share; with several of them, a server for each at once."""
    if hasattr(config, "workerinput"):
        return
    config.stash[DIRECTORY] = Path(tempfile.mkdtemp(prefix="ecot-tests-"))
    os.environ[databases.RUN_DIRECTORY] = str(config.stash[DIRECTORY])
    if config.getoption("dist", "no") != "no" and not config.option.collectonly:
        _find_servers(config)


def pytest_collection_finish(session: pytest.Session) -> None:
    """In a run of one process, start a server only if a test asks for one."""
    alone = session.config.getoption("dist", "no") == "no" and not hasattr(session.config, "workerinput")
    if alone and any(item.get_closest_marker("postgresql") for item in session.items):
        _find_servers(session.config)


def _find_servers(config: pytest.Config) -> None:
    if url := os.environ.get("TEST_DATABASE_URL"):
        os.environ[databases.SERVER_URLS] = url
        return
    servers = config.stash.setdefault(SERVERS, [])
    try:
        for _process in getattr(config.option, "tx", None) or ["alone"]:
            servers.append(postgres.Server(postgres.find()))
    except (postgres.ServerMissingError, OSError) as error:
        os.environ[requirements.MISSING_POSTGRESQL] = str(error)
    else:
        os.environ[databases.SERVER_URLS] = " ".join(server.url for server in servers)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started, also after an interruption."""
    if DIRECTORY not in config.stash:
        return
    if os.environ.get("TEST_DATABASE_URL"):
        databases.forget_template()
    for server in config.stash.get(SERVERS, []):
        server.stop()
    shutil.rmtree(config.stash[DIRECTORY], ignore_errors=True)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Close the sockets but to this machine, and skip what this machine cannot run."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    lacking = requirements.missing()
    for marker, need in requirements.MARKERS.items():
        if marker in lacking and item.get_closest_marker(marker):
            pytest.skip(f"{need}: {lacking[marker]}")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where everything must run, what could not run is a failure."""
    if not hasattr(session.config, "workerinput") and os.environ.get("CI") == "true" and requirements.missing():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List by name what could not run."""
    for line in requirements.unmet(terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(line, red=True)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty database; every test that asks for it runs on SQLite and on PostgreSQL."""
    yield from databases.sqlite(tmp_path) if request.param == "sqlite" else databases.postgresql()


@pytest.fixture
def frozen_now() -> datetime:
    """An afternoon in Paris: 3 March 2026, 14:05 there, 13:05 UTC."""
    return datetime(2026, 3, 3, 13, 5, tzinfo=UTC)
