from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ledger.books import journal
from ledger.db import Database
from ledger.errors import Invalid, NotFound
from ledger.money import Money
from ledger.statements import project_account
from ledger.statements.project_account import AccountLine, ProjectAccount
from tests.factories.gifts import Funded, make_funded, make_gift


def noon(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 12, 0, tzinfo=UTC)


def draw(database: Database, funded: Funded, start: date | None, end: date) -> ProjectAccount:
    with database.reading() as session:
        return project_account.draw(session, funded.reference, funded.book_id, start=start, end=end, now=noon(6, 1))


def told(line: AccountLine) -> str:
    """Write a line as a treasurer reads it."""
    moved = f"+{line.in_.minor}" if line.in_ else f"-{line.out.minor}" if line.out else "nothing"
    return f"{line.day} {line.label} {line.party} {moved} = {line.running.minor}"


def test_a_gift_comes_in_whole_and_its_fee_goes_out_as_a_line_of_its_own(database: Database) -> None:
    with database.transaction() as session:
        funded = make_funded(session)
        make_gift(session, funded, Money(5000), fee=Money(100), paid_at=noon(3, 3))

    account = draw(database, funded, date(2026, 3, 1), date(2026, 3, 31))

    assert [told(line) for line in account.lines] == [
        "2026-03-03 donation Camille Desbiolles +5000 = 5000",
        "2026-03-03 fee Camille Desbiolles -100 = 4900",
    ]
    assert (account.opening, account.total_in, account.total_out, account.closing) == (
        Money(0),
        Money(5000),
        Money(100),
        Money(4900),
    )


def test_a_tip_and_the_fee_that_it_bears_are_not_the_projects(database: Database) -> None:
    with database.transaction() as session:
        funded = make_funded(session)
        make_gift(session, funded, Money(2000), tip=Money(200), fee=Money(55), paid_at=noon(3, 3))

    account = draw(database, funded, None, date(2026, 12, 31))

    assert [told(line) for line in account.lines] == [
        "2026-03-03 donation Camille Desbiolles +2000 = 2000",
        "2026-03-03 fee Camille Desbiolles -50 = 1950",
    ]


def test_what_came_before_the_period_is_its_opening_balance(database: Database) -> None:
    with database.transaction() as session:
        funded = make_funded(session)
        make_gift(session, funded, Money(5000), fee=Money(100), paid_at=noon(2, 28))
        make_gift(session, funded, Money(1000), paid_at=noon(3, 1))
        make_gift(session, funded, Money(700), paid_at=noon(3, 31))
        make_gift(session, funded, Money(300), paid_at=noon(4, 1))

    account = draw(database, funded, date(2026, 3, 1), date(2026, 3, 31))

    assert account.opening == Money(4900)
    assert [line.in_ for line in account.lines] == [Money(1000), Money(700)]
    assert account.closing == Money(6600)


def test_a_payment_after_midnight_in_paris_counts_for_the_new_day(database: Database) -> None:
    with database.transaction() as session:
        funded = make_funded(session)
        make_gift(session, funded, Money(1000), paid_at=datetime(2026, 3, 31, 22, 30, tzinfo=UTC))

    assert not draw(database, funded, date(2026, 3, 1), date(2026, 3, 31)).lines
    assert draw(database, funded, date(2026, 4, 1), date(2026, 4, 1)).closing == Money(1000)


def test_another_projects_money_is_not_shown(database: Database) -> None:
    with database.transaction() as session:
        funded = make_funded(session)
        other = make_funded(session, "chorale")
        make_gift(session, funded, Money(1000), paid_at=noon(3, 3))
        make_gift(session, other, Money(2000), paid_at=noon(3, 3))

    assert draw(database, funded, None, date(2026, 12, 31)).closing == Money(1000)
    assert draw(database, other, None, date(2026, 12, 31)).closing == Money(2000)


def test_a_reversal_is_called_one_and_takes_back_gift_and_fee(database: Database) -> None:
    with database.transaction() as session:
        funded = make_funded(session)
        gift = make_gift(session, funded, Money(5000), fee=Money(100), paid_at=noon(3, 3))
        journal.reverse(
            session, gift.entry_id, source="test:1", effective_on=date(2026, 3, 4), memo="mistake", now=noon(3, 4)
        )

    account = draw(database, funded, None, date(2026, 12, 31))

    assert [told(line) for line in account.lines[2:]] == [
        "2026-03-04 reversal Camille Desbiolles +100 = 5000",
        "2026-03-04 reversal Camille Desbiolles -5000 = 0",
    ]


def test_a_donor_without_a_name_is_called_by_the_reference_in_the_book(database: Database) -> None:
    with database.transaction() as session:
        funded = make_funded(session)
        make_gift(session, funded, Money(1000), paid_at=noon(3, 3), donor="")

    (line,) = draw(database, funded, None, date(2026, 12, 31)).lines

    assert line.party == line.party_reference
    assert line.party.startswith("C0")


def test_without_a_start_the_period_begins_with_the_first_movement(database: Database) -> None:
    with database.transaction() as session:
        funded = make_funded(session)
        make_gift(session, funded, Money(1000), paid_at=noon(2, 3))

    assert draw(database, funded, None, date(2026, 3, 31)).start == date(2026, 2, 3)
    assert draw(database, funded, None, date(2026, 1, 31)).start == date(2026, 1, 31)


def test_a_period_that_ends_before_it_starts_is_refused(database: Database) -> None:
    with database.transaction() as session:
        funded = make_funded(session)

    with pytest.raises(Invalid, match="period_reversed"):
        draw(database, funded, date(2026, 3, 2), date(2026, 3, 1))


def test_a_book_that_does_not_exist_has_no_account(database: Database) -> None:
    with pytest.raises(NotFound, match="unknown_book"):
        draw(database, Funded(1, "PRJ000001", "verger", book_id=99), None, date(2026, 3, 1))


def test_no_usual_period_ends_after_today() -> None:
    one_in_the_morning = datetime(2026, 3, 1, 0, 0, tzinfo=UTC)

    usual = {preset.code: (preset.start, preset.end) for preset in project_account.presets(one_in_the_morning)}

    assert usual == {
        "this_month": (date(2026, 3, 1), date(2026, 3, 1)),
        "last_month": (date(2026, 2, 1), date(2026, 2, 28)),
        "this_year": (date(2026, 1, 1), date(2026, 3, 1)),
        "all": (None, date(2026, 3, 1)),
    }


def test_at_the_turn_of_the_year_the_last_month_is_december() -> None:
    new_year_in_paris = datetime(2026, 1, 1, tzinfo=UTC) - timedelta(minutes=30)

    usual = {preset.code: (preset.start, preset.end) for preset in project_account.presets(new_year_in_paris)}

    assert usual["last_month"] == (date(2025, 12, 1), date(2025, 12, 31))
    assert usual["this_year"] == (date(2026, 1, 1), date(2026, 1, 1))
