"""Take away each thing that the database refuses by, in turn: one of the attacks must then be noticed to pass.

What an attack would not notice is either untested or not needed.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
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
    "DROP TRIGGER entry_not_emptied ON entry": "lines refer to headers, so that emptying these empties lines, or fails",
    "DROP TRIGGER book_not_emptied ON book": "accounts refer to books, so that emptying these fails",
    "DROP TRIGGER period_not_emptied ON period": "acts refer to periods, so that emptying these empties acts, or fails",
    "DROP TRIGGER seal_not_emptied ON seal": "leaves refer to seals, so that emptying these empties leaves, or fails",
    "DROP TRIGGER fold_state_lowered ON fold_state": "refuses nothing; the test of a rebase notices",
    "ck_period_span": "an interval that ends before it starts is refused by the exclusion of shared days",
}
"""What another guard stands behind, with the reason why it is there all the same."""


DROPPED = re.compile(r"^DROP (?:TRIGGER|FUNCTION) (\w+)", re.MULTILINE)
DEFINED = re.compile(r"^CREATE (?:OR REPLACE )?(?:TRIGGER|FUNCTION) (\w+)", re.MULTILINE)


def _paragraphs(engine: str) -> list[str]:
    """Give the last definition of each trigger and function that is there in the end."""
    scripts = sorted((SQL / engine).glob("*.sql"))
    found: dict[str, str] = {}
    for one in (one for script in scripts for one in script.read_text(encoding="utf-8").strip().split("\n\n")):
        if dropped := DROPPED.search(one):
            found.pop(dropped[1], None)
        elif defined := DEFINED.search(one):
            found[defined[1]] = one
    return list(found.values())


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
    yield "the search path of a check left open", ["ALTER FUNCTION book_check_entries RESET ALL"]
    yield "DROP INDEX uq_entry_reverses_id", ["DROP INDEX uq_entry_reverses_id"]


def _noticed(database: Database, world: World, weakening: list[str]) -> bool:
    """Whether some attack does not end as the tests of attacks expect; the likely ones are tried first."""
    words = " ".join(weakening)
    likely = sorted(attacks_on("sqlite" if world.sqlite else "postgresql"), key=lambda tried: tried.rule not in words)
    worlds = [replace(world, company=True)] if "book_check_entries" in words else [world]
    return any(attempt(database, one, tried, weakened_by=weakening) != tried.rule for tried in likely for one in worlds)


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


PLAINLY_RIGHT = (
    "s.amount = 0 AND ",
    "s.good AND ",
    "e.reverses_id IS NULL AND ",
    "j.code IS NOT NULL",
    "p.closed_at IS NULL AND p.soft_closed_at IS NULL AND ",
    "p.soft_closed_at IS NULL AND ",
    "e.effective_on BETWEEN p.starts_on AND p.ends_on",
    "e.epoch >= (SELECT upto FROM fold_state)",
    "AND (by_project.project = '' OR by_project.amount = 0)",
    "l.effective_on = e.effective_on AND ",
    "l.epoch = e.epoch AND ",
    "a.currency = b.currency",
    "(a.closed_on IS NULL OR a.closed_on >= e.effective_on)",
    "a.guard = 'none' OR ",
)
"""What PostgreSQL asks of each of many entries before it calls one plainly right."""


@pytest.mark.postgresql
@pytest.mark.parametrize("condition", PLAINLY_RIGHT)
def test_each_condition_on_many_entries_is_missed_when_it_is_gone(
    on_postgresql: tuple[Database, World], condition: str
) -> None:
    (paragraph,) = [one for one in _paragraphs("postgresql") if "CREATE FUNCTION book_check_entries()" in one]
    assert paragraph.count(condition) == 1
    gone = "" if condition.endswith("AND ") or condition.startswith("AND") else "true"
    if condition.endswith("OR "):
        gone = "true OR "
    weaker = paragraph.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(condition, gone)
    assert _noticed(*on_postgresql, [weaker])


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
