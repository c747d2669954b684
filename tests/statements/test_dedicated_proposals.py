from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from ledger.books import balances, book, closing, journal, periods
from ledger.books.drafts import EntryDraft
from ledger.books.verify import verify
from ledger.db import Database
from ledger.money import Money
from ledger.statements import checks, dedicated_proposals, project_account
from ledger.statements.dedicated_proposals import Means, settle
from tests.books import ledger_text
from tests.factories.books import make_book
from tests.statements import any_book

NOW = any_book.NOW
AMOUNTS = st.integers(0, 10**9)
MEANS = st.lists(st.builds(Means, held=AMOUNTS, income=st.integers(-(10**9), 10**9)), max_size=3)

GIVEN = """
2025-05-01 BQ bank:1
    512100       80,00  PRJ000001
    754110      -80,00  PRJ000001
2025-05-02 BQ bank:2
    6226         30,00  PRJ000001
    512100      -30,00  PRJ000001
2025-05-03 BQ bank:3
    512100       40,00  PRJ000002
    741         -40,00  PRJ000002
2025-05-04 BQ bank:4
    512100       10,00
    754110      -10,00
"""
SPENT = """
2026-05-01 BQ bank:5
    6226         20,00  PRJ000001
    512100      -20,00  PRJ000001
2026-05-02 BQ bank:6
    6226         90,00  PRJ000002
    512100      -90,00  PRJ000002
2026-05-03 BQ bank:7
    512100        5,00  PRJ000001
    7551         -5,00  PRJ000001
"""


def kept(database: Database, text: str) -> int:
    with database.transaction() as session:
        book_id = make_book(session)
        for draft in ledger_text.drafts(text):
            journal.post(session, book_id, draft, now=NOW)
    return book_id


def proposed(database: Database, book_id: int, day: date) -> tuple[EntryDraft, ...]:
    with database.transaction() as session:
        return dedicated_proposals.propose(session, book_id, periods.covering(session, book_id, day))


def accepted(database: Database, book_id: int, day: date) -> list[journal.Posted]:
    drafts = proposed(database, book_id, day)
    with database.transaction() as session:
        return [journal.post(session, book_id, draft, now=NOW) for draft in drafts]


def lines(draft: EntryDraft) -> list[tuple[str, int]]:
    return [(line.account, line.money.minor) for line in draft.lines]


def test_what_is_left_of_restricted_gifts_is_proposed_for_the_fund_of_their_project(database: Database) -> None:
    book_id = kept(database, GIVEN)
    drafts = proposed(database, book_id, date(2025, 12, 31))
    with database.reading() as session:
        period = periods.of_book(session, book_id)[0].id
        assert balances.of(session, book_id, "196") == Money(0)
    assert [(draft.source, draft.journal, draft.effective_on) for draft in drafts] == [
        (f"dedicated:{period}:PRJ000001", "OD", date(2025, 12, 31)),
        (f"dedicated:{period}:PRJ000002", "OD", date(2025, 12, 31)),
    ]
    assert [lines(draft) for draft in drafts] == [
        [("6896", 5000), ("196", -5000)],
        [("6894", 4000), ("194", -4000)],
    ]
    assert {line.project for line in drafts[0].lines} == {"PRJ000001"}


def test_what_later_costs_use_is_proposed_to_be_taken_from_the_fund(database: Database) -> None:
    book_id = kept(database, GIVEN)
    accepted(database, book_id, date(2025, 12, 31))
    with database.transaction() as session:
        for draft in ledger_text.drafts(SPENT):
            journal.post(session, book_id, draft, now=NOW)
    assert [lines(draft) for draft in proposed(database, book_id, date(2026, 12, 31))] == [
        [("196", 1500), ("7896", -1500)],
        [("194", 4000), ("7894", -4000)],
    ]


def test_the_same_is_proposed_once_it_was_accepted_and_posting_it_again_is_a_replay(database: Database) -> None:
    book_id = kept(database, GIVEN)
    assert [one.replayed for one in accepted(database, book_id, date(2025, 12, 31))] == [False, False]
    assert [one.replayed for one in accepted(database, book_id, date(2025, 12, 31))] == [True, True]


def test_funds_are_accepted_in_a_year_that_is_softly_closed_and_leave_accounts_of_projects_alone(
    database: Database,
) -> None:
    book_id = kept(database, GIVEN)
    day = date(2025, 12, 31)
    with database.transaction() as session:
        before = project_account.draw(session, "PRJ000001", book_id, start=None, end=day, now=NOW)
        problems = list(checks.projects_agree(session, book_id))
        period = periods.covering(session, book_id, day)
        periods.close(session, period.id, now=NOW)
    accepted(database, book_id, day)
    with database.transaction() as session:
        assert closing.close_year(session, period.id, by="Camille", now=NOW).result == Money(1000)
    with database.reading() as session:
        after = project_account.draw(session, "PRJ000001", book_id, start=None, end=day, now=NOW)
        assert (after.lines, after.closing) == (before.lines, before.closing)
        assert list(checks.projects_agree(session, book_id)) == problems
        assert balances.of(session, book_id, "196", as_of=day) == Money(-5000)
        assert verify(session) == ()


def test_a_book_without_accounts_of_dedicated_funds_proposes_none(database: Database) -> None:
    with database.transaction() as session:
        book_id = book.create(session, name="SCIC", chart="cooperative")
        period = periods.covering(session, book_id, date(2025, 1, 1))
        assert dedicated_proposals.propose(session, book_id, period) == ()


@given(MEANS, st.integers(-100, 3 * 10**9))
def test_what_is_carried_and_used_explains_the_change_of_the_fund(means: list[Means], costs: int) -> None:
    changes = settle(means, costs)
    closing_funds = [one.held + change for one, change in zip(means, changes, strict=True)]
    unused = [max(one.held + one.income, 0) for one in means]
    assert all(0 <= fund <= most for fund, most in zip(closing_funds, unused, strict=True))
    assert sum(closing_funds) == max(sum(unused) - max(costs, 0), 0)


@given(MEANS, st.integers(0, 3 * 10**9))
def test_no_more_is_carried_than_is_unused_nor_used_than_is_held(means: list[Means], costs: int) -> None:
    for one, change in zip(means, settle(means, costs), strict=True):
        assert change <= max(one.income, 0)
        assert -change <= one.held


@any_book.per_example
@given(any_book.books)
def test_whatever_is_proposed_can_be_accepted(database: Database, entries: list[EntryDraft]) -> None:
    book_id = any_book.keep(database, entries)
    drafts = proposed(database, book_id, date(2026, 12, 31))
    accepted(database, book_id, date(2026, 12, 31))
    assert proposed(database, book_id, date(2026, 12, 31)) == drafts
