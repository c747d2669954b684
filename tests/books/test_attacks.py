from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.books.verify import verify
from ledger.db import Database
from tests.books.attack_list import attacks_on
from tests.books.attacks import ACCEPTED, GOOD, Attack, Sql, World, attempt, entry


def _write_honestly(c: Sql, w: World) -> None:
    entry(c, w, *GOOD)


HONEST = Attack("what the program would write", ACCEPTED, _write_honestly)


def _named(tried: Attack) -> str:
    return tried.name


@pytest.mark.parametrize("tried", [HONEST, *attacks_on("sqlite")], ids=_named)
def test_sqlite_refuses_by_itself(on_sqlite: tuple[Database, World], tried: Attack) -> None:
    assert attempt(*on_sqlite, tried) == tried.rule


@pytest.mark.postgresql
@pytest.mark.parametrize("tried", [HONEST, *attacks_on("postgresql")], ids=_named)
def test_postgresql_refuses_by_itself(on_postgresql: tuple[Database, World], tried: Attack) -> None:
    assert attempt(*on_postgresql, tried) == tried.rule


@pytest.mark.postgresql
@pytest.mark.parametrize("tried", [HONEST, *attacks_on("postgresql")], ids=_named)
def test_postgresql_refuses_the_same_beside_a_good_entry(on_postgresql: tuple[Database, World], tried: Attack) -> None:
    database, world = on_postgresql
    assert attempt(database, replace(world, company=True), tried) == tried.rule


def test_nothing_is_left_of_the_attacks_on_sqlite(on_sqlite: tuple[Database, World]) -> None:
    with on_sqlite[0].reading() as session:
        assert verify(session) == ()


@pytest.mark.postgresql
def test_nothing_is_left_of_the_attacks_on_postgresql(on_postgresql: tuple[Database, World]) -> None:
    with on_postgresql[0].reading() as session:
        assert verify(session) == ()
