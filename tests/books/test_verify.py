from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.books import balances, book, journal, periods, verify
from ledger.books.verify import Problem
from ledger.db import Database
from tests.books.attacks import World
from tests.factories.books import NOW, TODAY, make_book, make_donation, make_entry

TAMPERINGS: dict[str, tuple[str, ...]] = {
    "unbalanced": ("UPDATE posting SET amount = amount + 1 WHERE entry_id = :gift AND n = 1",),
    "project_unbalanced": ("UPDATE posting SET project = '' WHERE entry_id = :gift AND n = 1",),
    "content_altered": ("UPDATE posting SET amount = 2 * amount WHERE entry_id = :fresh",),
    "lines_missing": ("DELETE FROM posting WHERE entry_id = :gift AND n = 1",),
    "posting_without_entry": ("DELETE FROM entry WHERE id = :gift",),
    "day_differs": ("UPDATE entry SET effective_on = '2026-03-04' WHERE id = :gift",),
    "outside_its_period": ("UPDATE entry SET period_id = :closed_period WHERE id = :gift",),
    "changed_after_closing": ("UPDATE entry SET period_id = :closed_period WHERE id = :gift",),
    "changed_after_soft_closing": ("UPDATE entry SET period_id = :soft_period WHERE id = :gift",),
    "acts_disagree": ("UPDATE period SET soft_closed_at = NULL WHERE id = :soft_period",),
    "result_left": ("UPDATE posting SET amount = 2 * amount WHERE entry_id = :closing",),
    "closing_entry_wrong": ("UPDATE posting SET project = 'PRJ000001' WHERE entry_id = :closing",),
    "closed_out_of_order": ("UPDATE period SET soft_closed_at = NULL WHERE id = :closed_period",),
    "periods_overlap": ("UPDATE period SET ends_on = '2026-01-01' WHERE id = :closed_period",),
    "foreign_account": ("UPDATE posting SET account_id = :foreign_account WHERE entry_id = :gift AND n = 1",),
    "account_closed": ("UPDATE account SET closed_on = '2026-03-02' WHERE code = '754110'",),
    "unknown_journal": ("UPDATE entry SET journal = 'XX' WHERE id = :gift",),
    "overdrawn": ("UPDATE account SET guard = 'credit_only' WHERE code = '511510'",),
    "not_a_mirror": ("UPDATE posting SET contributor = 'C000009' WHERE entry_id = :reversal",),
    "not_reversible": ("UPDATE entry SET reverses_id = :foreign_entry WHERE id = :reversal",),
    "sealed_entry_altered": ("UPDATE posting SET amount = 2 * amount WHERE entry_id = :gift",),
    "sealed_entry_missing": ("DELETE FROM entry WHERE id = :gift",),
    "seal_root_wrong": ("DELETE FROM entry_seal WHERE entry_id = :gift",),
    "seal_broken": ("UPDATE seal SET sealed_at = '2026-03-04 00:00:00.000000'",),
    "numbers_have_a_gap": ("UPDATE entry_seal SET number = 99 WHERE entry_id = :gift",),
    "left_unsealed": ("DELETE FROM entry_seal WHERE entry_id = :gift",),
    "folded_balance_wrong": ("UPDATE balance_now SET debits = debits + 1",),
    "folded_day_wrong": ("DELETE FROM balance_day WHERE effective_on = '2025-05-01'",),
    "folded_project_wrong": ("UPDATE balance_project_day SET credits = credits + 1",),
}
"""Check to what somebody with the owner's rights did behind the program's back."""

BY_READING_AGAIN = {"content_altered", "sealed_entry_altered", "sealed_entry_missing", "seal_root_wrong", "seal_broken"}


def _found_after(
    attacked: tuple[Database, World], statements: tuple[str, ...], *, other: bool = False, since: int = 0
) -> list[Problem]:
    """Verify after the statements were carried out with all guards off; leave nothing of it."""
    database, world = attacked
    with database.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE").connect() as c:
        with Session(bind=c) as session:
            balances.fold(session)
            _take_guards_away(c, world)
            for statement in statements:
                c.execute(sa.text(statement), {k: v for k, v in vars(world).items() if f":{k}" in statement})
            found = verify.verify(session, world.other if other else world.book, since=since)
        c.rollback()
    return list(found)


def _take_guards_away(c: sa.Connection, world: World) -> None:
    if world.sqlite:
        c.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for trigger in c.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all():
            c.exec_driver_sql(f"DROP TRIGGER {trigger}")
        return
    for table in ("entry", "posting", "period", "account", "seal", "entry_seal"):
        c.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    c.exec_driver_sql("ALTER TABLE posting DROP CONSTRAINT fk_posting_entry")
    c.exec_driver_sql("ALTER TABLE period DROP CONSTRAINT period_overlaps")
    c.exec_driver_sql("ALTER TABLE entry_seal DROP CONSTRAINT fk_entry_seal_entry_id")


def test_an_honest_book_has_no_problem(attacked: tuple[Database, World]) -> None:
    assert _found_after(attacked, ()) == []


def test_every_check_is_tampered_with_below() -> None:
    assert set(TAMPERINGS) == {check for check, _ in verify._invariants()} | BY_READING_AGAIN


@pytest.mark.parametrize("check", TAMPERINGS)
def test_what_was_altered_behind_the_programs_back_is_found(attacked: tuple[Database, World], check: str) -> None:
    found = _found_after(attacked, TAMPERINGS[check])
    assert check in {problem.check for problem in found}


def test_an_altered_entry_is_named(attacked: tuple[Database, World]) -> None:
    found = _found_after(attacked, TAMPERINGS["content_altered"])
    altered = [problem for problem in found if problem.check == "content_altered"]
    fresh = attacked[1].fresh
    assert altered == [Problem("content_altered", "entry", fresh, "bank:fresh")]
    assert str(altered[0]) == f"content_altered: entry {fresh} (bank:fresh)"


@pytest.mark.parametrize(
    "change", ["source = 'x'", "journal = 'AN'", "occurred_on = '2026-01-01'", "request_hash = :h"]
)
def test_any_part_of_the_fact_that_was_altered_names_the_entry(attacked: tuple[Database, World], change: str) -> None:
    world = attacked[1]
    other_hash = "zeroblob(32)" if world.sqlite else "decode(repeat('00', 32), 'hex')"
    found = _found_after(attacked, (f"UPDATE entry SET {change.replace(':h', other_hash)} WHERE id = :fresh",))
    assert ("content_altered", world.fresh) in {(problem.check, problem.id) for problem in found}


@pytest.mark.parametrize(
    "change",
    [
        "memo = 'x'",
        "recorded_at = '2026-03-03 13:05:01.000000'",
        'details = \'{"a": "b"}\'',
        "effective_on = '2026-03-04'",
        "occurred_on = '2026-03-01'",
        "source = 'x'",
        "journal = 'OD'",
        "period_id = :closed_period",
    ],
)
def test_any_part_of_a_sealed_entry_that_was_altered_names_it(attacked: tuple[Database, World], change: str) -> None:
    found = _found_after(attacked, (f"UPDATE entry SET {change} WHERE id = :gift",))
    assert ("sealed_entry_altered", attacked[1].gift) in {(problem.check, problem.id) for problem in found}


def test_entries_up_to_a_trusted_seal_are_not_hashed_again_but_the_chain_is_followed_whole(
    attacked: tuple[Database, World],
) -> None:
    _, world = attacked
    altered = ("UPDATE entry SET memo = 'x' WHERE id = :gift",)
    assert ("sealed_entry_altered", world.gift) in _named(_found_after(attacked, altered))
    assert _named(_found_after(attacked, altered, since=1)) == set()
    broken = (*altered, "UPDATE seal SET size = size + 1 WHERE sequence = 1")
    assert _named(_found_after(attacked, broken, since=1)) == {("seal_broken", 1)}


def _named(problems: list[Problem]) -> set[tuple[str, int | str]]:
    return {(problem.check, problem.id) for problem in problems}


def test_one_book_can_be_asked_alone(attacked: tuple[Database, World]) -> None:
    assert _found_after(attacked, TAMPERINGS["content_altered"], other=True) == []


def test_outer_layers_hand_in_checks_of_their_own(database: Database) -> None:
    def every_book_has_a_patron(_session: Session, book_id: int) -> Iterator[Problem]:
        yield Problem("no_patron", "book", book_id)

    with database.transaction() as session:
        book_id = make_book(session)
        assert verify.verify(session, more=[every_book_has_a_patron]) == (Problem("no_patron", "book", book_id),)


def test_a_long_life_leaves_no_problem(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        book.add_account(session, book_id, "1681100001", under="168110", label="Prêt")
        first = make_entry(session, book_id, make_donation(on=TODAY.replace(year=2025)))
        periods.close(session, periods.covering(session, book_id, TODAY.replace(year=2025)).id, now=NOW)
        journal.reverse(session, first, source="undo", effective_on=TODAY.replace(year=2025), memo="", now=NOW)
    with database.transaction() as session:
        balances.fold(session)
        make_entry(session, book_id)
    with database.reading() as session:
        assert verify.verify(session) == ()
