"""The journal of voluntary contributions holds what the entries file leaves out, and nothing else."""

from __future__ import annotations

from datetime import date
from typing import Final

from hypothesis import given

from ledger.books.drafts import EntryDraft
from ledger.db import Database
from ledger.statements import fec, journal_book
from ledger.statements.spans import Span
from ledger.statements.table import Table, Tone
from tests.statements import any_book

YEAR: Final = Span(date(2026, 1, 1), date(2026, 12, 31))


@any_book.per_example
@given(any_book.books)
def test_class_8_stands_in_its_own_journal_and_not_in_the_entries_file(
    database: Database, entries: list[EntryDraft]
) -> None:
    book_id = any_book.keep(database, entries)

    with database.reading() as session:
        whole, voluntary = (
            accounts(draw(session, book_id, YEAR, "fr")) for draw in (journal_book.draw, journal_book.draw_voluntary)
        )
        filed = {line.account[0] for line in fec.lines(session, book_id, YEAR)}

    assert "8" not in filed
    assert voluntary == [account for account in whole if account[0] == "8"]


def accounts(table: Table) -> list[str]:
    """Give the accounts of the lines, in their order."""
    return [str(row.cells[3]) for row in table.rows if row.tone is Tone.LINE]
