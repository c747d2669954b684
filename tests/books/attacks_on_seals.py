"""Attacks on seals: forged, left incomplete, joined later, out of the chain, with a gap in the numbers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tests.books.attacks import GOOD, Sql, World, attack, entry, insert, statement


def leaf(c: Sql, w: World, **other: Any) -> None:
    """Write the fresh entry's leaf as the sealer would, but for what is given."""
    values: dict[str, Any] = {
        "entry_id": w.fresh,
        "book_id": w.book,
        "sequence": 2,
        "position": 0,
        "journal": "BQ",
        "period_id": w.open_period,
        "number": 1,
        "leaf": b"\1" * 32,
    }
    insert(c, "entry_seal", values | other)


def seal(c: Sql, w: World, **other: Any) -> None:
    """Write the next seal as the sealer would, but for what is given."""
    previous = c.execute(sa.text("SELECT hash FROM seal WHERE book_id = :book"), {"book": w.book}).scalar_one()
    values: dict[str, Any] = {
        "book_id": w.book,
        "sequence": 2,
        "size": 1,
        "root": b"\1" * 32,
        "previous": previous,
        "hash": b"\2" * 32,
        "sealed_at": "2026-03-03 13:05:00.000000",
    }
    insert(c, "seal", values | other)


@attack("leaves that never get a seal", "fk_entry_seal_seal")
def no_seal(c: Sql, w: World) -> None:
    leaf(c, w)


@attack("a leaf added to a seal of the past", "entry_sealed")
def later_leaf(c: Sql, w: World) -> None:
    leaf(c, w, sequence=1, position=99)


@attack("a leaf added to a seal of this transaction", "entry_sealed")
def late_leaf(c: Sql, w: World) -> None:
    leaf(c, w)
    seal(c, w)
    leaf(c, w, entry_id=entry(c, w, *GOOD), journal="OD", position=1, number=99)


@attack("a leaf of no entry", "fk_entry_seal_entry_id")
def leaf_of_nothing(c: Sql, w: World) -> None:
    leaf(c, w, entry_id=999999)


for engine, rules in {
    "sqlite": ("entry_sealed", "entry_sealed", "entry_sealed"),
    "postgresql": (
        "pk_entry_seal",
        "uq_entry_seal_book_id_sequence_position",
        "uq_entry_seal_book_id_journal_period_id_number",
    ),
}.items():
    twice, same_place, same_number = rules

    @attack("an entry sealed twice", twice, engine=engine)
    def sealed_twice(c: Sql, w: World) -> None:
        leaf(c, w, entry_id=w.gift)

    @attack("two leaves in one place", same_place, engine=engine)
    def one_place(c: Sql, w: World) -> None:
        leaf(c, w)
        leaf(c, w, entry_id=w.foreign_entry + 1000, number=2)

    @attack("two entries of one number", same_number, engine=engine)
    def one_number(c: Sql, w: World) -> None:
        leaf(c, w)
        leaf(c, w, entry_id=w.foreign_entry + 1000, position=1)


BREAKS: tuple[dict[str, Any], ...] = ({"previous": b"\0" * 32}, {"sequence": 3}, {"root": b""}, {"hash": b"\1"})
for what in BREAKS:

    @attack(f"a seal of another {next(iter(what))}", "seal_chain")
    def out_of_chain(c: Sql, w: World, what: dict[str, Any] = what) -> None:
        leaf(c, w, sequence=what.get("sequence", 2))
        seal(c, w, **what)


@attack("a seal over nothing", "seal_leaves")
def empty_seal(c: Sql, w: World) -> None:
    seal(c, w, size=0)


@attack("a seal of another size than its leaves", "seal_leaves")
def other_size(c: Sql, w: World) -> None:
    leaf(c, w)
    seal(c, w, size=2)


MISPLACEMENTS: tuple[dict[str, Any], ...] = ({"position": 1}, {"journal": "OD"}, {"period_id": 1})
for what in MISPLACEMENTS:

    @attack(f"a leaf of another {next(iter(what))}", "seal_leaves")
    def other_leaf(c: Sql, w: World, what: dict[str, Any] = what) -> None:
        leaf(c, w, **{"number": 99} | what)
        seal(c, w)


@attack("a number left out", "seal_numbers")
def number_left_out(c: Sql, w: World) -> None:
    leaf(c, w, number=2)
    seal(c, w)


for table, change in {"seal": "root = hash", "entry_seal": "number = number + 100"}.items():
    statement(f"UPDATE of {table}", "append_only", f"UPDATE {table} SET {change}")
    statement(f"DELETE from {table}", "append_only", f"DELETE FROM {table}")
    statement(f"TRUNCATE of {table}", "append_only", f"TRUNCATE {table} CASCADE", engine="postgresql")
statement(
    "a seal replaced",
    "seal_chain",
    "INSERT OR REPLACE INTO seal SELECT book_id, sequence, size, hash, previous, root, sealed_at FROM seal",
    engine="sqlite",
)
statement(
    "a leaf replaced",
    "entry_sealed",
    "INSERT OR REPLACE INTO entry_seal SELECT entry_id, book_id, 7, position, journal, period_id, number, leaf"
    " FROM entry_seal",
    engine="sqlite",
)
statement("two horizons of the sealer", "ck_seal_state_one", "INSERT INTO seal_state VALUES (2, 0)")
