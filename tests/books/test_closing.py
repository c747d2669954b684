from __future__ import annotations

from datetime import date

import pytest

from ledger.books import balances, book, closing, journal, periods, queries
from ledger.books.drafts import EntryDraft, Line, credit, debit
from ledger.books.refusals import EarlierPeriodOpen, NotReversible, PeriodClosed, PeriodNotClosed
from ledger.books.verify import verify
from ledger.db import Database
from ledger.money import Money
from tests.factories.books import NOW, TODAY, make_book, make_donation, make_entry, make_transfer

OLD = date(2025, 5, 1)


def softly_closed(database: Database, *drafts: EntryDraft) -> tuple[int, int]:
    """Make a book whose year 2025 has these entries and is softly closed."""
    with database.transaction() as session:
        book_id = make_book(session)
        for draft in drafts:
            make_entry(session, book_id, draft)
        period = periods.covering(session, book_id, OLD)
        periods.close(session, period.id, now=NOW)
    return book_id, period.id


def closed(database: Database, *drafts: EntryDraft) -> tuple[int, closing.Closed]:
    book_id, period_id = softly_closed(database, *drafts)
    with database.transaction() as session:
        return book_id, closing.close_year(session, period_id, by="Camille", now=NOW)


def test_the_closing_entry_takes_costs_and_income_to_own_funds(database: Database) -> None:
    book_id, found = closed(database, make_donation(50, on=OLD, fee=108))
    assert found.result == Money(4892)
    with database.reading() as session:
        entry = queries.entry(session, found.entry_id or 0)
        assert verify(session) == ()
        assert [act.act for act in periods.acts(session, book_id)] == ["close", "close_for_good"]
    assert entry is not None
    assert (entry.journal, entry.effective_on, entry.memo) == ("CL", date(2025, 12, 31), "closing")
    assert [(line.account, line.money, line.project, line.contributor) for line in entry.lines] == [
        ("627100", Money(-108), "", ""),
        ("754110", Money(5000), "", ""),
        ("120", Money(-4892), "", ""),
    ]


def test_a_deficit_goes_to_its_own_account(database: Database) -> None:
    book_id, found = closed(database, make_transfer(30, debited="6226", credited="512100", on=OLD))
    assert found.result == Money(-3000)
    with database.reading() as session:
        assert balances.of(session, book_id, "129") == Money(3000)
        assert balances.of(session, book_id, "6226") == Money(0)


def test_a_year_that_ends_with_nothing_closes_without_a_result(database: Database) -> None:
    book_id, found = closed(
        database,
        make_transfer(30, debited="6226", credited="512100", on=OLD),
        make_transfer(30, debited="512100", credited="754110", on=OLD),
    )
    assert found.result == Money(0)
    with database.reading() as session:
        assert balances.of(session, book_id, "754110") == Money(0)
        assert verify(session) == ()


def test_a_year_without_costs_and_income_closes_without_an_entry(database: Database) -> None:
    _, found = closed(database, make_transfer(30, debited="512100", credited="1024", on=OLD))
    assert found == closing.Closed(Money(0), None)


def test_voluntary_contributions_stay_as_they_are(database: Database) -> None:
    book_id, found = closed(database, make_transfer(30, debited="864", credited="875", on=OLD))
    assert found.entry_id is None
    with database.reading() as session:
        assert balances.of(session, book_id, "875") == Money(-3000)


def test_costs_on_an_account_that_closed_within_the_year_are_closed_too(database: Database) -> None:
    book_id, period_id = softly_closed(database, make_transfer(30, debited="6226", credited="512100", on=OLD))
    with database.transaction() as session:
        book.close_account(session, book_id, "6226", closed_on=date(2025, 6, 30))
        assert closing.close_year(session, period_id, by="", now=NOW).result == Money(-3000)
    with database.reading() as session:
        assert verify(session) == ()


def test_the_next_year_closes_with_its_own_result(database: Database) -> None:
    book_id, _ = closed(database, make_donation(50, on=OLD))
    with database.transaction() as session:
        make_entry(session, book_id, make_donation(20, on=OLD, fee=100))
        period = periods.covering(session, book_id, TODAY)
        periods.close(session, period.id, now=NOW)
        found = closing.close_year(session, period.id, by="", now=NOW)
    assert found.result == Money(1900)
    with database.reading() as session:
        assert balances.of(session, book_id, "120") == Money(-4892 - 1900)
        assert verify(session) == ()


def test_only_a_softly_closed_year_closes_for_good_and_once(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        make_entry(session, book_id, make_donation(on=OLD))
        period = periods.covering(session, book_id, OLD)
        with pytest.raises(PeriodNotClosed):
            closing.close_year(session, period.id, by="", now=NOW)
        periods.close(session, period.id, now=NOW)
        closing.close_year(session, period.id, by="", now=NOW)
        with pytest.raises(PeriodClosed):
            closing.close_year(session, period.id, by="", now=NOW)


def test_years_close_for_good_in_their_order_and_nothing_is_written_otherwise(database: Database) -> None:
    book_id, _ = softly_closed(database, make_donation(on=OLD), make_donation())
    with database.transaction() as session:
        period = periods.covering(session, book_id, TODAY)
        periods.close(session, period.id, now=NOW)
        before = queries.count_entries(session)
        with pytest.raises(EarlierPeriodOpen):
            closing.close_year(session, period.id, by="", now=NOW)
        assert queries.count_entries(session) == before


def test_a_closing_entry_is_never_undone(database: Database) -> None:
    _, found = closed(database, make_donation(on=OLD))
    with database.transaction() as session, pytest.raises(NotReversible):
        journal.reverse(session, found.entry_id or 0, source="undo", effective_on=TODAY, memo="", now=NOW)


def test_costs_in_another_currency_are_left_where_they_are(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        for code, under in (("512900", "512"), ("622600", "6226")):
            book.add_account(session, book_id, code, under=under, label="Dollars", currency="USD")
        lines: tuple[Line, ...] = (debit("622600", Money(100, "USD")), credit("512900", Money(100, "USD")))
        make_entry(session, book_id, EntryDraft("BQ", OLD, "bank:1", "", lines))
        period = periods.covering(session, book_id, OLD)
        periods.close(session, period.id, now=NOW)
        assert closing.close_year(session, period.id, by="", now=NOW).entry_id is None
    with database.reading() as session:
        assert verify(session) == ()


def test_the_result_is_told_before_it_is_closed_and_is_nothing_afterwards(database: Database) -> None:
    book_id, period_id = softly_closed(database, make_donation(50, on=OLD))
    with database.transaction() as session:
        assert closing.result(session, book_id, date(2025, 12, 31)) == Money(4892)
        closing.close_year(session, period_id, by="", now=NOW)
        assert closing.result(session, book_id, date(2025, 12, 31)) == Money(0)
        assert closing.of_span(session, book_id, OLD, TODAY) == {
            "120": (Money(0), Money(4892)),
            "627100": (Money(0), Money(108)),
            "754110": (Money(5000), Money(0)),
        }
        assert closing.of_span(session, book_id, TODAY, TODAY) == {}
