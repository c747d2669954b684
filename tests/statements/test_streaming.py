"""Exports hold a constant number of lines in memory, however many they write: measured in bytes, never in time."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.books import journal
from ledger.books.drafts import EntryDraft, Line
from ledger.db import Database
from ledger.money import Money
from ledger.statements import fec, fec_file, general_ledger, journal_book, plain_text, table_csv, table_xlsx
from ledger.statements.plain_text import Program
from ledger.statements.spans import Span
from ledger.web.treasurer.reports import Draw
from tests.factories.books import NOW, make_book

FIRST: Final = date(2026, 1, 1)
DAY, FEW, MANY = (Span(FIRST, FIRST + timedelta(days=days - 1)) for days in (1, 20, 100))
"""A hundred lines, two thousand, ten thousand."""

SMALL: Final = 1_000_000
"""Bytes by which ten thousand lines may need more than two thousand: a thousand lines are held at once."""

Export = Callable[[Session, int, Span], Iterable[bytes]]


def fill(database: Database, entries: int) -> int:
    """Make a book of entries of ten lines, ten a day."""
    with database.transaction() as session:
        number = make_book(session)
        for entry in range(entries):
            lines = [
                line
                for n in range(5)
                for line in (
                    Line("512100", Money(100 + n), contributor=f"C{entry:05}{n}"),
                    Line("754110", Money(-100 - n), contributor=f"C{entry:05}{n}"),
                )
            ]
            day = FIRST + timedelta(days=entry // 10)
            journal.post(session, number, EntryDraft("OD", day, f"od:{entry}", "", tuple(lines)), now=NOW)
    return number


def _fec(session: Session, book_id: int, span: Span) -> Iterable[bytes]:
    return fec_file.encode(fec.lines(session, book_id, span))


def _csv(draw: Draw, session: Session, book_id: int, span: Span) -> Iterable[bytes]:
    return table_csv.encode(draw(session, book_id, span, "fr"))


def _plain(program: Program, session: Session, book_id: int, span: Span) -> Iterable[bytes]:
    return plain_text.encode(session, book_id, span.end, program)


EXPORTS: Final[dict[str, Export]] = {
    "fec": _fec,
    "journal_csv": partial(_csv, journal_book.draw),
    "ledger_csv": partial(_csv, general_ledger.draw),
    "hledger": partial(_plain, Program.HLEDGER),
    "beancount": partial(_plain, Program.BEANCOUNT),
}


def peak(database: Database, act: Callable[[Session], int]) -> tuple[int, int]:
    """Give how many lines an act wrote and the most bytes that it held at once."""
    with database.reading() as session:
        tracemalloc.start()
        try:
            return act(session), tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


# What a driver of PostgreSQL keeps is not traced: the test below looks there.
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_export_of_five_times_the_lines_needs_no_more_memory(database: Database, tmp_path: Path) -> None:
    book_id = fill(database, 1_000)

    def lines_of(export: Export, span: Span) -> Callable[[Session], int]:
        return lambda session: sum(part.count(b"\n") for part in export(session, book_id, span))

    def sheet_of(span: Span) -> Callable[[Session], int]:
        def write(session: Session) -> int:
            with (tmp_path / "book.xlsx").open("wb") as file:
                table_xlsx.write(journal_book.draw(session, book_id, span, "fr"), file)
            return (tmp_path / "book.xlsx").stat().st_size

        return write

    acts = {name: [lines_of(export, span) for span in (DAY, FEW, MANY)] for name, export in EXPORTS.items()}
    acts["xlsx"] = [sheet_of(span) for span in (DAY, FEW, MANY)]
    for name, (first, few, many) in acts.items():
        peak(database, first)  # what is kept for good, statements and formats, is kept by now
        (short, less), (long, more) = peak(database, few), peak(database, many)
        assert long > 4 * short, name
        assert more - less < SMALL, name

    kept = peak(database, lambda session: len(list(fec.lines(session, book_id, MANY))))[1]
    assert kept > 4 * SMALL, "the measure finds what is held"


@pytest.mark.parametrize(
    "database", [pytest.param("postgresql", marks=pytest.mark.postgresql, id="postgresql")], indirect=True
)
def test_on_postgresql_the_lines_wait_at_the_server(database: Database) -> None:
    book_id = fill(database, 250)

    for name, export in EXPORTS.items():
        with database.reading() as session:
            parts = iter(export(session, book_id, MANY))
            assert len(list(islice(parts, 3))) == 3
            assert session.scalar(sa.text("SELECT count(*) FROM pg_cursors")) == 1, name
            assert sum(1 for _ in parts) > 0
            assert session.scalar(sa.text("SELECT count(*) FROM pg_cursors")) == 0, name
