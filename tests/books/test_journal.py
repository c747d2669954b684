from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from ledger.books import book, journal, periods, queries
from ledger.books.drafts import EntryDraft, credit, debit
from ledger.books.refusals import (
    AccountClosed,
    AlreadyReversed,
    NotReversible,
    Overdrawn,
    PeriodClosed,
    SourceReused,
    UnknownAccount,
    UnknownBook,
    UnknownEntry,
    UnknownJournal,
    WrongCurrency,
)
from ledger.db import Database
from ledger.errors import EcotError
from ledger.money import Money
from tests.books import ledger_text
from tests.factories.books import NOW, TODAY, make_book, make_donation, make_entry, make_transfer


@pytest.fixture
def book_id(database: Database) -> int:
    with database.transaction() as session:
        return make_book(session)


def test_a_day_at_the_association(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        for draft in ledger_text.drafts("""
        2026-03-01 STR stripe:txn_1 donation
            511510    48,92  PRJ000001
            627100     1,08  PRJ000001
            754110   -50,00  PRJ000001 C000001
        2026-03-02 STR stripe:txn_2 payout
            580000    48,92
            511510   -48,92
        2026-03-03 BQ bank:line_1 payout arrives
            512100    48,92
            580000   -48,92
        """):
            journal.post(session, book_id, draft, now=NOW)
        assert ledger_text.trial(session, book_id) == ["512100 48,92", "627100 1,08", "754110 -50,00"]
        assert ledger_text.trial(session, book_id, as_of=date(2026, 3, 2)) == [
            "580000 48,92",
            "627100 1,08",
            "754110 -50,00",
        ]
        assert ledger_text.trial(session, book_id, project="PRJ000001") == [
            "511510 48,92",
            "627100 1,08",
            "754110 -50,00",
        ]


def test_what_was_posted_reads_back_as_it_was(database: Database, book_id: int) -> None:
    draft = replace(make_donation(source="stripe:txn_1"), details={"charge": "ch_1"})
    with database.transaction() as session:
        entry_id = journal.post(session, book_id, draft, now=NOW).entry_id
    with database.reading() as session:
        entry = queries.by_source(session, book_id, "stripe:txn_1")
        assert entry is not None
        assert entry == queries.entry(session, entry_id)
        assert entry.effective_on == entry.occurred_on == TODAY
        assert entry.recorded_at == NOW
        assert entry.details == {"charge": "ch_1"}
        assert [(line.account, line.money, line.project, line.contributor) for line in entry.lines] == [
            (line.account, line.money, line.project, line.contributor) for line in draft.lines
        ]
        assert queries.by_contributor(session, book_id, "C000001") == (entry,)
        assert queries.by_contributor(session, book_id, "C000002") == ()
        assert [row.line.account for row in queries.of_project(session, book_id, "PRJ000001", start=TODAY)] == [
            "511510",
            "627100",
            "754110",
        ]
        assert queries.of_project(session, book_id, "PRJ000001", end=date(2026, 3, 2)) == ()
        assert queries.by_source(session, book_id, "stripe:txn_2") is None


def test_a_replayed_fact_changes_nothing(database: Database, book_id: int) -> None:
    draft = make_donation()
    with database.transaction() as session:
        first = journal.post(session, book_id, draft, now=NOW)
    with database.transaction() as session:
        again = journal.post(session, book_id, replace(draft, memo="in other words"), now=NOW)
        assert ledger_text.trial(session, book_id)[0] == "511510 48,92"
    assert (first.replayed, again.replayed) == (False, True)
    assert first.entry_id == again.entry_id


def test_a_source_is_never_used_for_another_fact(database: Database, book_id: int) -> None:
    draft = make_donation(50)
    with database.transaction() as session:
        first = journal.post(session, book_id, draft, now=NOW)
        with pytest.raises(SourceReused) as refused:
            journal.post(session, book_id, make_donation(60, source=draft.source), now=NOW)
    assert refused.value.values == {"source": draft.source, "entry_id": first.entry_id}


def test_two_books_may_know_the_same_source(database: Database, book_id: int) -> None:
    draft = make_donation()
    with database.transaction() as session:
        other = make_book(session, name="Les Amis du Four")
        assert not journal.post(session, book_id, draft, now=NOW).replayed
        assert not journal.post(session, other, draft, now=NOW).replayed
        assert ledger_text.trial(session, book_id) == ledger_text.trial(session, other)


Refusal = tuple[type[EcotError], EntryDraft]

REFUSALS: dict[str, Refusal] = {
    "an account that is not there": (UnknownAccount, make_transfer(1, debited="512100", credited="999999")),
    "a journal that is not there": (UnknownJournal, replace(make_donation(), journal="XX")),
    "an amount in another currency than the account's": (
        WrongCurrency,
        EntryDraft("OD", TODAY, "od:usd", "", (debit("512100", Money(1, "USD")), credit("754110", Money(1, "USD")))),
    ),
    "a closed account": (AccountClosed, make_transfer(1, debited="518", credited="754110")),
    "more than there is in the till": (Overdrawn, make_transfer(1, debited="512100", credited="530000")),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_what_is_refused_writes_nothing_and_the_transaction_goes_on(
    database: Database, book_id: int, what: str
) -> None:
    error, draft = REFUSALS[what]
    with database.transaction() as session:
        book.close_account(session, book_id, "518", closed_on=date(2026, 3, 2))
        with pytest.raises(error):
            journal.post(session, book_id, draft, now=NOW)
        assert queries.by_source(session, book_id, draft.source) is None
        make_entry(session, book_id)
    with database.reading() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM entry")) == 1
        assert session.scalar(sa.text("SELECT count(*) FROM posting")) == 3


def test_an_account_takes_entries_until_the_day_it_closes(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        book.close_account(session, book_id, "518", closed_on=TODAY)
        make_entry(session, book_id, make_transfer(1, debited="518", credited="754110", on=TODAY))
        with pytest.raises(AccountClosed):
            make_entry(session, book_id, make_transfer(1, debited="518", credited="754110", on=date(2026, 3, 4)))


def test_a_book_that_is_not_there_takes_nothing(database: Database, book_id: int) -> None:
    with database.transaction() as session, pytest.raises(UnknownBook):
        journal.post(session, book_id + 1, make_donation(), now=NOW)


def test_what_the_till_holds_can_be_taken_out_to_the_last_cent(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        make_entry(session, book_id, make_transfer(10, debited="530000", credited="754110"))
        make_entry(session, book_id, make_transfer(10, debited="512100", credited="530000"))
        with pytest.raises(Overdrawn) as refused:
            make_entry(session, book_id, make_transfer(1, debited="512100", credited="530000"))
        assert refused.value.values == {"account": "530000", "balance": Money(0)}


def test_a_reversal_brings_every_balance_back(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        entry_id = make_entry(session, book_id)
        reversal = journal.reverse(
            session, entry_id, source="od:undo", effective_on=TODAY, memo="entered twice", now=NOW
        )
        assert ledger_text.trial(session, book_id) == []
        original = queries.entry(session, entry_id)
        mirror = queries.entry(session, reversal.entry_id)
        assert original is not None
        assert mirror is not None
        assert original.reversed_by == mirror.id
        assert mirror.reverses_id == original.id
        assert mirror.journal == original.journal


def _reverse(database: Database, entry_id: int, source: str) -> journal.Posted:
    with database.transaction() as session:
        return journal.reverse(session, entry_id, source=source, effective_on=TODAY, memo="", now=NOW)


def test_an_entry_is_reversed_once(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        entry_id = make_entry(session, book_id)
    first = _reverse(database, entry_id, "od:undo")
    assert _reverse(database, entry_id, "od:undo") == journal.Posted(first.entry_id, replayed=True)
    with pytest.raises(AlreadyReversed) as refused:
        _reverse(database, entry_id, "od:undo-again")
    assert refused.value.values["reversed_by"] == first.entry_id
    with pytest.raises(NotReversible):
        _reverse(database, first.entry_id, "od:undo-the-undoing")
    with pytest.raises(UnknownEntry):
        _reverse(database, first.entry_id + 1000, "od:undo-nothing")


def test_a_reversal_does_not_take_the_source_of_another_fact(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        entry_id = make_entry(session, book_id, make_donation(source="stripe:txn_1"))
        make_entry(session, book_id, make_donation(60, source="stripe:txn_2"))
    with pytest.raises(SourceReused):
        _reverse(database, entry_id, "stripe:txn_2")


def test_the_day_of_a_fact_is_the_day_it_counts_for(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        entry_id = make_entry(session, book_id, make_donation(on=date(2025, 12, 31)))
        entry = queries.entry(session, entry_id)
    assert entry is not None
    assert entry.effective_on == date(2025, 12, 31)


def _close_2025(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        periods.close(session, periods.covering(session, book_id, date(2025, 6, 1)).id, now=NOW)


def test_a_late_fact_counts_for_today_and_keeps_its_day(database: Database, book_id: int) -> None:
    _close_2025(database, book_id)
    draft = make_donation(on=date(2025, 12, 30))
    with database.transaction() as session:
        entry_id = journal.post(session, book_id, draft, now=NOW).entry_id
        entry = queries.entry(session, entry_id)
        assert entry is not None
        assert (entry.effective_on, entry.occurred_on) == (TODAY, date(2025, 12, 30))
        assert journal.post(session, book_id, draft, now=datetime(2026, 5, 1, tzinfo=UTC)).replayed


def test_a_late_fact_is_refused_where_a_person_is_to_decide(database: Database, book_id: int) -> None:
    _close_2025(database, book_id)
    with database.transaction() as session:
        for day in (date(2025, 12, 31), date(2019, 1, 1)):
            with pytest.raises(PeriodClosed):
                journal.post(session, book_id, make_donation(on=day), now=NOW, refuse_late=True)
        assert session.scalar(sa.text("SELECT count(*) FROM period")) == 1


def test_when_this_year_is_closed_too_a_late_fact_counts_for_the_first_open_day(
    database: Database, book_id: int
) -> None:
    _close_2025(database, book_id)
    with database.transaction() as session:
        periods.close(session, periods.covering(session, book_id, TODAY).id, now=NOW)
        entry = queries.entry(session, make_entry(session, book_id, make_donation(on=date(2025, 1, 1))))
    assert entry is not None
    assert entry.effective_on == date(2027, 1, 1)


def test_an_entry_of_a_closed_year_is_reversed_in_the_open_one(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        entry_id = make_entry(session, book_id, make_donation(on=date(2025, 12, 31)))
    _close_2025(database, book_id)
    with database.transaction() as session:
        journal.reverse(session, entry_id, source="od:undo", effective_on=date(2025, 12, 31), memo="", now=NOW)
        assert ledger_text.trial(session, book_id) == []
        assert ledger_text.trial(session, book_id, as_of=date(2025, 12, 31)) != []


def test_nothing_is_posted_from_a_reading(database: Database, book_id: int) -> None:
    with pytest.raises((DBAPIError, EcotError)), database.reading() as session:
        make_entry(session, book_id)
    with database.reading() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM entry")) == 0


def _post_and_fail(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        make_entry(session, book_id)
        raise ZeroDivisionError


def test_a_transaction_that_fails_later_leaves_nothing(database: Database, book_id: int) -> None:
    with pytest.raises(ZeroDivisionError):
        _post_and_fail(database, book_id)
    with database.reading() as session:
        assert ledger_text.trial(session, book_id) == []
