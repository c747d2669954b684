"""What statements show of a year that is closed for good, and with what the next one opens."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from hypothesis import given
from sqlalchemy.orm import Session

from ledger.books import balances, closing, journal, periods
from ledger.books.drafts import EntryDraft
from ledger.db import Database
from ledger.money import Money
from ledger.statements import (
    balance_sheet,
    dedicated_funds,
    fec,
    fec_check,
    fec_file,
    general_ledger,
    income_statement,
    project_account,
    trial_balance,
)
from ledger.statements.fec import FecLine
from ledger.statements.spans import Span
from tests.books import ledger_text
from tests.factories.books import make_book, make_donation, make_entry
from tests.statements import any_book

NOW = any_book.NOW
OLD = Span(date(2025, 1, 1), date(2025, 12, 31))
YEAR = Span(date(2026, 1, 1), date(2026, 12, 31))
EVE = OLD.end


def close(database: Database, book_id: int, day: date = EVE) -> closing.Closed:
    with database.transaction() as session:
        period = periods.covering(session, book_id, day)
        periods.close(session, period.id, now=NOW)
        return closing.close_year(session, period.id, by="Camille", now=NOW)


def told(session: Session, book_id: int) -> Iterator[list[Any]]:
    """Give the rows of every statement that a closing must not change."""
    drawn = (income_statement.draw, balance_sheet.draw, general_ledger.draw, trial_balance.draw, dedicated_funds.draw)
    for draw in drawn:
        yield [row.cells for row in draw(session, book_id, OLD, "fr").rows]
    for draw in (income_statement.draw, balance_sheet.draw, dedicated_funds.draw):
        yield [row.cells for row in draw(session, book_id, YEAR, "fr").rows]
    account = project_account.draw(session, "PRJ000001", book_id, start=None, end=YEAR.end, now=NOW)
    yield [account.lines, account.closing]
    yield [line._replace(valid_day="") for line in fec.lines(session, book_id, OLD)]
    # The entry that a year opens with is provisional before the closing and definitive after it.
    yield [line._replace(valid_day="") for line in fec.lines(session, book_id, YEAR)]


@any_book.per_example
@given(any_book.books)
def test_closing_a_year_changes_no_statement_of_it(database: Database, entries: list[EntryDraft]) -> None:
    book_id = any_book.keep(database, entries)
    with database.reading() as session:
        before = list(told(session, book_id))
    close(database, book_id)
    with database.reading() as session:
        assert list(told(session, book_id)) == before


@any_book.per_example
@given(any_book.books)
def test_a_year_opens_with_what_the_year_before_closed_with(database: Database, entries: list[EntryDraft]) -> None:
    book_id = any_book.keep(database, entries)
    close(database, book_id)
    with database.reading() as session:
        rows = [line for line in fec.lines(session, book_id, YEAR) if line.number == "AN-202601-000000"]
        expected = {
            row.account: row.balance.minor
            for row in balances.trial(session, book_id, as_of=EVE)
            if row.balance and row.account[0] in "12345"
        }
    assert sum(amount(line) for line in rows) == 0
    opened: Counter[str] = Counter()
    for line in rows:
        opened[line.account] += amount(line)
    assert {account: minor for account, minor in opened.items() if minor} == expected
    assert {line.valid_day for line in rows} <= {"20270115"}


def amount(line: FecLine) -> int:
    return int(line.debit.replace(",", "")) - int(line.credit.replace(",", ""))


def test_third_parties_are_handed_on_by_contributor_and_an_unclosed_result_is_provisional(database: Database) -> None:
    text = """
    2025-03-01 BQ bank:1
        512100       70,00
        168110      -40,00  C000002
        168110      -30,00  C000001
    2025-04-01 BQ bank:2
        512100       25,00
        754110      -25,00  C000001
    2026-02-01 BQ bank:3
        512100        5,00
        1024         -5,00
    2026-01-01 AN an:elsewhere
        530000        1,00
        1024         -1,00
    """
    with database.transaction() as session:
        book_id = make_book(session)
        for draft in ledger_text.drafts(text):
            journal.post(session, book_id, draft, now=NOW)
    with database.reading() as session:
        lines = list(fec.lines(session, book_id, YEAR))
    assert [
        (line.number, line.account, line.contributor, line.debit, line.credit, line.valid_day) for line in lines
    ] == [
        ("AN-202601-000000", "120", "", "0,00", "25,00", ""),
        ("AN-202601-000000", "168110", "C000001", "0,00", "30,00", ""),
        ("AN-202601-000000", "168110", "C000002", "0,00", "40,00", ""),
        ("AN-202601-000000", "512100", "", "95,00", "0,00", ""),
        ("AN-202601-000001", "530000", "", "1,00", "0,00", ""),
        ("AN-202601-000001", "1024", "", "0,00", "1,00", ""),
        ("BQ-202601-000001", "512100", "", "5,00", "0,00", ""),
        ("BQ-202601-000001", "1024", "", "0,00", "5,00", ""),
    ]
    assert {(line.day, line.piece, line.label) for line in lines[:4]} == {("20260101", "an:2026-01-01", "À-nouveaux")}
    content = b"".join(fec_file.encode(lines))
    assert not fec_check.check(io.BytesIO(content), name=fec_file.file_name("123456782", YEAR.end)).defects


def test_a_result_is_on_its_own_line_in_its_year_and_brought_forward_after_it(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        make_entry(session, book_id, make_donation(50, on=date(2025, 5, 1)), now=NOW)
        make_entry(session, book_id, make_donation(20, on=date(2026, 5, 1), fee=100), now=NOW)
    for day in (OLD.end, YEAR.end):
        close(database, book_id, day)
    with database.reading() as session:
        rows = {row.cells[0]: row.cells[1:] for row in balance_sheet.draw(session, book_id, YEAR, "fr").rows}
    assert rows["Excédent ou déficit de l’exercice"] == (Money(1900), Money(4892))
    assert rows["Report à nouveau"] == (Money(4892), Money(0))


def test_the_next_year_begins_with_no_costs_and_income(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        make_entry(session, book_id, make_donation(50, on=date(2025, 5, 1)), now=NOW)
    close(database, book_id)
    with database.reading() as session:
        opened = {row.account: row.opening.minor for row in trial_balance.read(session, book_id, YEAR)}
    assert opened == {"120": -4892, "511510": 4892, "627100": 0, "754110": 0}
