"""One world under attack on each engine, for all the tests of a module: no attack leaves a trace."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.db import Database
from tests import databases
from tests.books.attacks import World, make_world


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, World]]:
    for database in databases.sqlite(tmp_path_factory.mktemp("attacked")):
        yield database, make_world(database)


@pytest.fixture(scope="module")
def on_postgresql() -> Iterator[tuple[Database, World]]:
    for database in databases.postgresql():
        yield database, make_world(database)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def attacked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Database, World]]:
    sqlite = request.param == "sqlite"
    for database in databases.sqlite(tmp_path_factory.mktemp("attacked")) if sqlite else databases.postgresql():
        yield database, make_world(database)
