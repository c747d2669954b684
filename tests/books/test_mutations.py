"""Take away each thing that the database refuses by, in turn: one of the attacks must then be noticed to pass.

What an attack would not notice is either untested or not needed.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from ledger.config import ROOT
from ledger.db import Database
from tests.books.attack_list import attacks_on
from tests.books.attacks import World, attempt

TABLES = (
    "'book', 'account', 'journal', 'period', 'period_act', 'entry', 'posting',"
    " 'fold_state', 'seal', 'entry_seal', 'seal_state'"
)

SQL = ROOT / "migrations" / "sql"

REDUNDANT = {
    "uq_period_book_id_starts_on": "the exclusion of shared days refuses the same; this one serves to find a period",
    "fk_entry_reverses_id": "the mirror check asks for the reversed entry; this one says so to a reader of the schema",
    "DROP TRIGGER entry_not_emptied ON entry": "lines refer to headers, so that emptying these empties lines, or fails",
    "DROP TRIGGER book_not_emptied ON book": "accounts refer to books, so that emptying these fails",
    "DROP TRIGGER period_not_emptied ON period": "acts refer to periods, so that emptying these empties acts, or fails",
    "DROP TRIGGER seal_not_emptied ON seal": "leaves refer to seals, so that emptying these empties leaves, or fails",
    "DROP TRIGGER fold_state_lowered ON fold_state": "refuses nothing; the test of a rebase notices",
    "ck_period_span": "an interval that ends before it starts is refused by the exclusion of shared days",
}
"""What another guard stands behind, with the reason why it is there all the same."""


DEFINED = re.compile(r"^CREATE (?:OR REPLACE )?(?:TRIGGER|FUNCTION) (\w+)", re.MULTILINE)


def _paragraphs(engine: str) -> list[str]:
    """Give the last definition of each trigger and function."""
    scripts = sorted((SQL / engine).glob("*.sql"))
    found = [one for script in scripts for one in script.read_text(encoding="utf-8").strip().split("\n\n")]
    return list({named[1]: one for one in found if (named := DEFINED.search(one))}.values())


def _without_each(paragraph: str, refusal: re.Pattern[str], instead: str) -> Iterator[tuple[str, str]]:
    """Give the paragraph without each of its refusals, with the start of what was taken out."""
    for found in refusal.finditer(paragraph):
        name = " ".join(found[0].split())[:90]
        yield name, paragraph[: found.start()] + instead + paragraph[found.end() :]


def _sqlite() -> Iterator[tuple[str, list[str]]]:
    refusal = re.compile(r"SELECT RAISE\(ABORT.*?;\n", re.DOTALL)
    for paragraph in _paragraphs("sqlite"):
        if not (trigger := re.search(r"^CREATE TRIGGER (\w+)", paragraph, re.MULTILINE)):
            continue
        drop = f"DROP TRIGGER {trigger[1]}"
        yield drop, [drop]
        for name, weaker in _without_each(paragraph, refusal, "SELECT 1;\n"):
            yield f"{trigger[1]} without {name}", [drop, weaker]


def _postgresql() -> Iterator[tuple[str, list[str]]]:
    refusal = re.compile(r"RAISE EXCEPTION.*?;\n", re.DOTALL)
    for paragraph in _paragraphs("postgresql"):
        if trigger := re.search(r"^CREATE TRIGGER (\w+).* ON (\w+)", paragraph, re.MULTILINE):
            drop = f"DROP TRIGGER {trigger[1]} ON {trigger[2]}"
            yield drop, [drop]
        if function := re.search(r"^CREATE (?:OR REPLACE )?FUNCTION (\w+)", paragraph, re.MULTILINE):
            for name, weaker in _without_each(paragraph, refusal, "NULL;\n"):
                replaced = re.sub("^CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", weaker, flags=re.MULTILINE)
                yield f"{function[1]} without {name}", [replaced]
    yield "the search path of a check left open", ["ALTER FUNCTION book_check_entry RESET ALL"]
    yield "DROP INDEX uq_entry_reverses_id", ["DROP INDEX uq_entry_reverses_id"]


def _noticed(database: Database, world: World, weakening: list[str]) -> bool:
    """Whether some attack does not end as the tests of attacks expect; the likely ones are tried first."""
    words = " ".join(weakening)
    likely = sorted(attacks_on("sqlite" if world.sqlite else "postgresql"), key=lambda tried: tried.rule not in words)
    return any(attempt(database, world, tried, weakened_by=weakening) != tried.rule for tried in likely)


def test_without_weakening_every_attack_is_refused(on_sqlite: tuple[Database, World]) -> None:
    assert not _noticed(*on_sqlite, [])


@pytest.mark.parametrize("weakening", [pytest.param(words, id=name) for name, words in _sqlite()])
def test_each_refusal_on_sqlite_is_missed_when_it_is_gone(
    on_sqlite: tuple[Database, World], weakening: list[str]
) -> None:
    assert _noticed(*on_sqlite, weakening)


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "weakening", [pytest.param(words, id=name) for name, words in _postgresql() if name not in REDUNDANT]
)
def test_each_refusal_on_postgresql_is_missed_when_it_is_gone(
    on_postgresql: tuple[Database, World], weakening: list[str]
) -> None:
    assert _noticed(*on_postgresql, weakening)


@pytest.mark.postgresql
def test_each_constraint_on_postgresql_is_missed_when_it_is_gone(on_postgresql: tuple[Database, World]) -> None:
    database, world = on_postgresql
    with database.reading() as session:
        constraints = session.execute(
            sa.text(
                "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype IN ('c', 'f', 'u', 'x')"
                " AND conrelid::regclass::text IN"
                f" ({TABLES})"
            )
        ).all()
    weakenings = {name: f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE" for table, name in constraints}
    unnoticed = {name for name, weakening in weakenings.items() if not _noticed(database, world, [weakening])}
    assert unnoticed == set(REDUNDANT) & set(weakenings)


def test_each_check_of_sqlite_is_missed_when_it_is_gone(tmp_path: Path, on_sqlite: tuple[Database, World]) -> None:
    database, world = on_sqlite
    with database.reading() as session:
        tables = session.scalars(
            sa.text(f"SELECT sql FROM sqlite_master WHERE type = 'table' AND name IN ({TABLES})")
        ).all()
    for name in re.findall(r"CONSTRAINT (ck_\w+) CHECK \(", " ".join(tables)):
        weak = tmp_path / f"{name}.db"
        _copy_without_check(database, weak, name)
        for weakened in _opened(weak):
            assert _noticed(weakened, world, [f"-- {name}"]), name


def _copy_without_check(database: Database, target: Path, name: str) -> None:
    with sqlite3.connect(database.url.database or "") as source, sqlite3.connect(target) as copy:
        source.backup(copy)
        copy.execute("PRAGMA writable_schema=ON")
        copy.execute(
            "UPDATE sqlite_master SET sql = replace(sql, ?, ?)",
            (f"CONSTRAINT {name} CHECK (", f"CONSTRAINT {name} CHECK (1 OR "),
        )
    source.close()
    copy.close()


def _opened(path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{path}")
    yield database
    database.dispose()
