"""A statement names its seal, and drawn again there it is the same to the byte, whatever was posted since."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from sqlalchemy.orm import Session

from ledger import i18n
from ledger.books import journal, seals
from ledger.books.drafts import EntryDraft
from ledger.books.refusals import UnknownSeal
from ledger.db import Database
from ledger.statements import as_known, project_account, project_account_csv, table_csv, table_xlsx
from ledger.statements.as_known import Knowledge
from ledger.statements.spans import Span
from ledger.statements.table import Table
from ledger.web.treasurer.reports import REPORTS, Report
from tests.factories.books import make_book, make_donation, make_entry
from tests.statements import any_book

SUITING = [report for report in REPORTS if report.suits("association")]
SPAN = Span(any_book.day(40), any_book.day(400))


def drawn(session: Session, book_id: int, report: Report, *, known_at: int | None = None) -> Table:
    table = report.draw(session, book_id, SPAN, "fr", known_at=known_at)
    return replace(table, note=as_known.at(session, book_id, known_at).say("fr"))


def files(session: Session, book_id: int, *, known_at: int | None = None) -> list[bytes]:
    """Give the CSV of each statement, and that of a project's account."""
    tables = [drawn(session, book_id, report, known_at=known_at) for report in SUITING]
    account = project_account.draw(
        session, "PRJ000001", book_id, start=SPAN.start, end=SPAN.end, now=any_book.NOW, known_at=known_at
    )
    return [b"".join(table_csv.encode(table)) for table in tables] + [
        b"".join(project_account_csv.encode(account, "fr"))
    ]


def post_and_seal(database: Database, book_id: int, entries: Sequence[EntryDraft], *, hours: int) -> None:
    with database.transaction() as session:
        for draft in entries:
            journal.post(session, book_id, draft, now=any_book.NOW)
    with database.transaction() as session:
        seals.seal(session, now=any_book.NOW + timedelta(hours=hours), batch=4)


@any_book.per_example
@given(before=any_book.books.filter(bool), after=any_book.books)
def test_a_statement_drawn_again_at_its_seal_is_the_same_to_the_byte(
    database: Database, before: list[EntryDraft], after: list[EntryDraft]
) -> None:
    book_id = any_book.keep(database, before, undone=2, sealed=len(before))
    post_and_seal(database, book_id, (), hours=1)
    with database.reading() as session:
        head = seals.head(session, book_id)
        assert head is not None
        first = files(session, book_id)
        assert files(session, book_id, known_at=head.sequence) == first
    with database.transaction() as session:
        for draft in after:
            journal.post(session, book_id, draft, now=any_book.NOW)
    with database.reading() as session:
        assert files(session, book_id, known_at=head.sequence) == first
    post_and_seal(database, book_id, (), hours=2)
    with database.reading() as session:
        assert files(session, book_id, known_at=head.sequence) == first


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_came_after_the_seal_shows_in_every_statement_that_it_touches(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
    post_and_seal(database, book_id, [make_donation(50, on=any_book.day(100))], hours=1)
    post_and_seal(database, book_id, [make_donation(20, on=any_book.day(90))], hours=2)
    with database.reading() as session:
        then, now = files(session, book_id, known_at=1), files(session, book_id)
    same = [old.splitlines()[:-1] == new.splitlines()[:-1] for old, new in zip(then, now, strict=True)]
    silent = [report.title("en") for report, alike in zip(SUITING, same, strict=False) if alike]
    assert silent == ["Journal of voluntary contributions", "Dedicated funds"], "these gifts are in neither"


def test_a_seal_that_is_not_there_is_told(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        make_entry(session, book_id)
        with pytest.raises(UnknownSeal):
            as_known.at(session, book_id, 1)


def test_a_book_tells_its_newest_seal_and_what_waits_for_the_next(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        assert as_known.at(session, book_id, None) == Knowledge(None, 0)
        make_entry(session, book_id)
    post_and_seal(database, book_id, (), hours=0)
    with database.transaction() as session:
        other = make_book(session, name="Another")
        make_entry(session, book_id)
        make_entry(session, book_id)
        make_entry(session, other)
        knowledge = as_known.at(session, book_id, None)
        assert knowledge == Knowledge(seals.head(session, book_id), 2)
        assert as_known.at(session, book_id, 1).waiting == 0
    assert knowledge.seal is not None
    shown = knowledge.seal.hash().hex()[:8]
    said = knowledge.say("fr").replace("\xa0", " ")
    assert said == (
        f"Livre au scellement n° 1 du 15 janvier 2027 à 10 h 00 ({shown}…) ; "
        "2 écritures plus récentes, comptées ici, attendent le suivant"
    )
    assert Knowledge(None, 1).say("en") == "Book without a seal yet; 1 entry waits for the first one"


@pytest.mark.parametrize("locale", i18n.LOCALES)
@pytest.mark.parametrize("report", SUITING, ids=lambda report: report.words["en"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_note_is_the_last_row_of_a_file_in_a_column_of_words(
    database: Database, report: Report, locale: str
) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        make_entry(session, book_id, make_donation(50, on=date(2026, 3, 3)))
    post_and_seal(database, book_id, (), hours=0)
    with database.reading() as session:
        note = as_known.at(session, book_id, 1).say(locale)
        content = b"".join(table_csv.encode(replace(report.draw(session, book_id, SPAN, locale), note=note)))
        sheet = io.BytesIO()
        table_xlsx.write(replace(report.draw(session, book_id, SPAN, locale), note=note), sheet)
    *_, last = csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    assert [cell for cell in last if cell] == [note]
    with zipfile.ZipFile(sheet) as archive:
        assert note.encode() in archive.read("xl/worksheets/sheet1.xml")
