"""Attacks on the book by SQL that goes round the program, each with the rule under which the database refuses it.

`World` is the book under attack. An attack runs in a transaction of its own that is rolled back in any case, after
what a commit would have checked was checked, so one world serves them all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from ledger.books import book, closing, journal, periods, seals
from ledger.db import Database
from tests.factories.books import NOW, TODAY, make_book, make_donation, make_entry, make_transfer

Sql: TypeAlias = sa.Connection

ACCEPTED = "accepted"
FOREIGN_KEY = "FOREIGN KEY constraint failed"


@dataclass(frozen=True)
class World:
    """A book with a gift, an entry undone by its reversal, 100 euros in the till.

    A year of it is closed for good, two months softly. All is sealed but the fresh entry, the only one of its journal.
    In `company`, every header comes in one statement with that of a good entry, on PostgreSQL, which checks many
    entries in another way than one.
    """

    book: int
    other: int
    accounts: dict[str, int]
    foreign_account: int
    closed_period: int
    soft_period: int
    open_period: int
    foreign_period: int
    gift: int
    undone: int
    reversal: int
    foreign_entry: int
    fresh: int
    closing: int
    sqlite: bool
    company: bool = False


@dataclass(frozen=True)
class Attack:
    """What is tried, and the rule that refuses it."""

    name: str
    rule: str
    run: Callable[[Sql, World], None]
    engine: str = ""
    isolation: str = "READ COMMITTED"


ATTACKS: list[Attack] = []


def attack(
    name: str, rule: str, *, engine: str = "", isolation: str = "READ COMMITTED"
) -> Callable[[Callable[[Sql, World], None]], Callable[[Sql, World], None]]:
    """Add an attack to the list; on one engine only where it has no meaning on the other."""

    def add(run: Callable[[Sql, World], None]) -> Callable[[Sql, World], None]:
        ATTACKS.append(Attack(name, rule, run, engine, isolation))
        return run

    return add


def statement(name: str, rule: str, sql: str, *, engine: str = "") -> None:
    """Add an attack that is one statement; the world's ids are its values."""

    def run(c: Sql, w: World) -> None:
        c.execute(sa.text(sql), {key: value for key, value in vars(w).items() if f":{key}" in sql})

    ATTACKS.append(Attack(name, rule, run, engine))


def make_world(database: Database) -> World:
    with database.transaction() as session:
        book_id, other = make_book(session), make_book(session, name="Another")
        book.add_account(session, book_id, "512900", under="512", label="Dollars", currency="USD")
        book.add_account(session, book_id, "4672201", under="467220", label="Guarded", guard="credit_only")
        book.close_account(session, book_id, "518", closed_on=date(2026, 1, 31))
        closed = periods.covering(session, book_id, date(2025, 1, 1))
        make_entry(session, book_id, make_donation(on=date(2025, 5, 1)))
        periods.close(session, closed.id, now=NOW)
        closed_year = closing.close_year(session, closed.id, by="Camille", now=NOW)
        soft = periods.open_span(session, book_id, starts_on=date(2026, 1, 1), ends_on=date(2026, 2, 28))
        make_entry(session, book_id, make_donation(on=date(2026, 2, 1)))
        periods.close(session, soft.id, now=NOW)
        make_entry(session, book_id, make_transfer(1, debited="6226", credited="4686", on=date(2026, 2, 28)))
        gift = make_entry(session, book_id, make_donation(source="stripe:txn_gift"))
        undone = make_entry(session, book_id, make_donation(60, source="stripe:txn_undone"))
        reversal = journal.reverse(session, undone, source="od:undo", effective_on=TODAY, memo="", now=NOW)
        make_entry(session, book_id, make_transfer(100, debited="530000", credited="754110"))
        make_entry(session, book_id, make_transfer(100, debited="512100", credited="4672201"))
        foreign = make_entry(session, other, make_donation())
        rows = session.execute(sa.text("SELECT book_id, code, id FROM account")).all()
        accounts = {(row.book_id, row.code): row.id for row in rows}
        world = World(
            book=book_id,
            other=other,
            accounts={code: account for (owner, code), account in accounts.items() if owner == book_id},
            foreign_account=accounts[other, "754110"],
            closed_period=closed.id,
            soft_period=soft.id,
            open_period=periods.covering(session, book_id, TODAY).id,
            foreign_period=periods.covering(session, other, TODAY).id,
            gift=gift,
            undone=undone,
            reversal=reversal.entry_id,
            foreign_entry=foreign,
            fresh=0,
            closing=closed_year.entry_id or 0,
            sqlite=database.is_sqlite,
        )
    with database.transaction() as session:
        seals.seal(session, now=NOW)
    with database.transaction() as session:
        fresh = replace(make_transfer(7, debited="512100", credited="754110", source="bank:fresh"), journal="BQ")
        return replace(world, fresh=make_entry(session, book_id, fresh))


def attempt(database: Database, world: World, tried: Attack, *, weakened_by: Sequence[str] = ()) -> str:
    """Try an attack and leave nothing of it; give the rule that refused it, or `accepted`.

    Statements that weaken the database may go before it, in the same transaction.
    """
    options: dict[str, Any] = {"sqlite_begin": "BEGIN IMMEDIATE", "no_parameters": True}
    if not world.sqlite:
        options["isolation_level"] = tried.isolation
    with database.engine.execution_options(**options).connect() as c:
        try:
            for weakening in weakened_by:
                c.exec_driver_sql(weakening)
            tried.run(c, world)
            _check_as_a_commit_would(c, world)
        except DBAPIError as error:
            rule = rule_of(error)
            # SQLite does not say which key it was.
            return tried.rule if rule == FOREIGN_KEY and tried.rule.startswith("fk_") else rule
        finally:
            c.rollback()
    return ACCEPTED


def rule_of(error: DBAPIError) -> str:
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return diagnosis.constraint_name or diagnosis.sqlstate or ""
    return str(error.orig).removeprefix("CHECK constraint failed: ").partition(":")[0]


def _check_as_a_commit_would(c: Sql, w: World) -> None:
    if not w.sqlite:
        c.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    elif c.exec_driver_sql("PRAGMA foreign_keys").scalar():
        broken = c.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise sa.exc.IntegrityError("COMMIT", {}, Exception(FOREIGN_KEY))


def new_id(c: Sql, w: World) -> int:
    free = "SELECT max(id) + 1 FROM entry" if w.sqlite else "SELECT nextval('entry_id_seq')"
    return int(c.execute(sa.text(free)).scalar_one())


def insert(c: Sql, table: str, values: dict[str, Any], *, verb: str = "INSERT") -> None:
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    c.execute(sa.text(f"{verb} INTO {table} ({names}) VALUES ({marks})"), values)


def line(c: Sql, w: World, entry_id: Any, n: Any, account: str | int, amount: Any, **other: Any) -> None:
    """Write a line as the program would, but for what is given."""
    verb = other.pop("verb", "INSERT")
    values: dict[str, Any] = {
        "entry_id": entry_id,
        "n": n,
        "account_id": w.accounts[account] if isinstance(account, str) else account,
        "amount": amount,
        "effective_on": "2026-03-03",
        "project": "",
        "contributor": "",
    }
    if w.sqlite:
        values["epoch"] = entry_id
    insert(c, "posting", values | other, verb=verb)


def header(c: Sql, w: World, entry_id: int, **other: Any) -> None:
    """Write a header as the program would, but for what is given."""
    verb = other.pop("verb", "INSERT")
    values: dict[str, Any] = {
        "id": entry_id,
        "book_id": w.book,
        "period_id": w.open_period,
        "journal": "OD",
        "effective_on": "2026-03-03",
        "occurred_on": "2026-03-03",
        "recorded_at": "2026-03-03 13:05:00.000000",
        "source": f"attack:{entry_id}",
        "request_hash": b"\0" * 32,
        "reverses_id": None,
        "memo": "",
        "details": "{}",
    }
    if w.sqlite:
        values["epoch"] = entry_id
    if not w.company:
        insert(c, "entry", values | other, verb=verb)
        return
    beside = new_id(c, w)
    for n, (account, amount) in enumerate(GOOD, start=1):
        line(c, w, beside, n, account, amount)
    values |= other
    good = {"id": beside, "book_id": w.book, "period_id": w.open_period, "source": f"good:{beside}", "journal": "OD"}
    good |= {"effective_on": "2026-03-03", "occurred_on": "2026-03-03", "reverses_id": None, "request_hash": b"\0" * 32}
    rows = [
        ", ".join("DEFAULT" if column == "epoch" and row is good else f":{name}_{column}" for column in values)
        for name, row in (("good", good), ("bad", values))
    ]
    given = {f"good_{column}": value for column, value in (values | good).items()}
    given |= {f"bad_{column}": value for column, value in values.items()}
    c.execute(sa.text(f"{verb} INTO entry ({', '.join(values)}) VALUES ({'), ('.join(rows)})"), given)


def entry(c: Sql, w: World, *lines: tuple[Any, ...], day: str = "2026-03-03", **other: Any) -> int:
    """Write lines (account, amount, project, contributor), then their header."""
    entry_id = int(other.pop("entry_id", 0)) or new_id(c, w)
    for n, (account, amount, *names) in enumerate(lines, start=1):
        named = dict(zip(("project", "contributor"), names, strict=False))
        line(c, w, entry_id, n, account, amount, effective_on=day, **named)
    if day != "2026-03-03":
        other = {"effective_on": day, "occurred_on": day} | other
    header(c, w, entry_id, **other)
    return entry_id


GOOD = (("512100", 100), ("754110", -100))
