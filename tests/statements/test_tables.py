"""Balance, ledgers and journal tell of one book: each agrees with a plain sum, and its files with its screen."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree.ElementTree import Element, fromstring

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import i18n
from ledger.adapters.weasyprint_pdf import WeasyPrintPdf
from ledger.books import journal
from ledger.books.drafts import EntryDraft
from ledger.books.refusals import UnknownBook
from ledger.db import Database
from ledger.money import Money
from ledger.organisations.models import LegalForm
from ledger.projects.queries import OrganisationRow
from ledger.statements import (
    auxiliary_ledger,
    general_ledger,
    journal_book,
    table,
    table_csv,
    table_pdf,
    table_xlsx,
    trial_balance,
)
from ledger.statements.spans import Span
from ledger.statements.table import Cell, Column, Kind, Row, Table, Tone
from ledger.templating import Templates
from ledger.web.treasurer.reports import REPORTS, Draw
from tests.books import ledger_text
from tests.factories.books import make_book
from tests.statements import any_book

YEAR = Span(date(2026, 1, 1), date(2026, 12, 31))
ASSOCIATION = [report for report in REPORTS if report.suits("association")]
NOW = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
ISSUER = OrganisationRow(
    1, "amis", "Les Amis du Lavoir", LegalForm.ASSOCIATION, "123456782", "", "1 rue", "31000", "Toulouse", "a@b.fr", 1
)
STRIPE = "511510 | Paiements par carte à encaisser - Stripe"
SMALL = """
2025-12-30 OD od:1 reserves
    512100  10,00
    1024   -10,00
2026-02-01 STR stripe:txn_1 donation
    511510  48,92  PRJ000001 C000001
    627100   1,08  PRJ000001 C000001
    754110 -50,00  PRJ000001 C000001
2026-03-01 OD od:2 transfer
    512100  40,00
    511510 -40,00
2027-01-02 OD od:3 later
    512100   5,00
    1024    -5,00
"""


@pytest.fixture(scope="module")
def pdf() -> WeasyPrintPdf:
    return WeasyPrintPdf()


def kept(database: Database, text: str = SMALL) -> int:
    with database.transaction() as session:
        book_id = make_book(session)
        for draft in ledger_text.drafts(text):
            journal.post(session, book_id, draft, now=any_book.NOW)
    return book_id


def drawn(database: Database, draw: Draw, book_id: int, locale: str = "fr", span: Span = YEAR) -> Table:
    """Draw a table with its rows read, so that it can be looked at after the snapshot."""
    with database.reading() as session:
        content = draw(session, book_id, span, locale)
        return Table(
            content.name, content.title, content.start, content.end, content.currency, content.columns, [*content.rows]
        )


def said(content: Table) -> list[str]:
    """Write each row as its cells, empty ones left out."""
    return [" | ".join(filter(None, map(written, row.cells))) for row in content.rows]


def written(cell: Cell) -> str:
    return str(cell.minor) if isinstance(cell, Money) else str(cell or "")


def test_the_trial_balance_opens_moves_and_closes(database: Database) -> None:
    content = drawn(database, trial_balance.draw, kept(database))

    assert said(content) == [
        "1024 | Autres fonds propres sans droit de reprise | 1000 | 0 | 0 | 1000",
        "511510 | Paiements par carte à encaisser - Stripe | 4892 | 4000 | 892",
        "512100 | Banque - compte courant | 1000 | 4000 | 0 | 5000",
        "627100 | Services bancaires - commissions des prestataires de paiement | 108 | 0 | 108",
        "754110 | Dons manuels | 0 | 5000 | 5000",
        "Totaux | 1000 | 1000 | 9000 | 9000 | 6000 | 6000",
    ]


def test_the_general_ledger_goes_account_by_account_from_opening_to_closing(database: Database) -> None:
    content = drawn(database, general_ledger.draw, kept(database))

    assert said(content)[:11] == [
        "1024 · Autres fonds propres sans droit de reprise",
        "1024 | Autres fonds propres sans droit de reprise | 2026-01-01 | Solde initial | -1000",
        "1024 | Autres fonds propres sans droit de reprise | 2026-12-31 | Solde final | 0 | 0 | -1000",
        "511510 · Paiements par carte à encaisser - Stripe",
        f"{STRIPE} | 2026-02-01 | 2 | STR | stripe:txn_1 | Don | C000001 | C000001 | PRJ000001 | 4892 | 4892",
        "511510 | Paiements par carte à encaisser - Stripe | 2026-03-01 | 3 | OD | od:2 | transfer | 4000 | 892",
        "511510 | Paiements par carte à encaisser - Stripe | 2026-12-31 | Solde final | 4892 | 4000 | 892",
        "512100 · Banque - compte courant",
        "512100 | Banque - compte courant | 2026-01-01 | Solde initial | 1000",
        "512100 | Banque - compte courant | 2026-03-01 | 3 | OD | od:2 | transfer | 4000 | 5000",
        "512100 | Banque - compte courant | 2026-12-31 | Solde final | 4000 | 0 | 5000",
    ]
    assert said(content)[-1] == "2026-12-31 | Totaux | 9000 | 9000"


def test_the_auxiliary_ledger_has_only_what_names_a_contributor(database: Database) -> None:
    content = drawn(database, auxiliary_ledger.draw, kept(database), "en", Span(date(2026, 3, 1), YEAR.end))

    assert said(content)[:3] == [
        "C000001 · 511510 · Paiements par carte à encaisser - Stripe",
        "C000001 | C000001 | 511510 | Paiements par carte à encaisser - Stripe | 2026-03-01 | Opening balance | 4892",
        f"C000001 | C000001 | {STRIPE} | 2026-12-31 | Closing balance | 0 | 0 | 4892",
    ]
    assert said(content)[-1] == "2026-12-31 | Totals | 0 | 0"


def test_the_journal_goes_entry_by_entry(database: Database) -> None:
    content = drawn(database, journal_book.draw, kept(database))

    assert [row.split(" | ")[:4] for row in said(content)[:-1]] == [
        ["2026-02-01", "2", "STR", "511510"],
        ["2026-02-01", "2", "STR", "627100"],
        ["2026-02-01", "2", "STR", "754110"],
        ["2026-03-01", "3", "OD", "512100"],
        ["2026-03-01", "3", "OD", "511510"],
    ]
    assert said(content)[-1] == "Totaux | 9000 | 9000"


@pytest.mark.parametrize("draw", [trial_balance.draw, general_ledger.draw, auxiliary_ledger.draw, journal_book.draw])
def test_an_empty_book_has_empty_statements_with_totals_of_nothing(database: Database, draw: Draw) -> None:
    (row,) = drawn(database, draw, kept(database, "")).rows

    assert row.tone is Tone.TOTAL
    assert {cell.minor for cell in row.cells if isinstance(cell, Money)} == {0}
    with pytest.raises(UnknownBook):
        drawn(database, draw, 99)


@any_book.per_example
@given(any_book.books, st.integers(0, 3), st.integers(0, any_book.DAYS), st.integers(0, any_book.DAYS))
def test_every_statement_of_any_book_agrees_with_a_plain_sum(
    database: Database, entries: list[EntryDraft], undone: int, first: int, last: int
) -> None:
    book_id = any_book.keep(database, entries, undone=undone)
    start, end = sorted((any_book.day(first), any_book.day(last)))
    span = Span(start, end)

    with database.reading() as session:
        rows = trial_balance.read(session, book_id, span)
    undoings = [(date(2026, 12, 30), line.account, -line.money.minor) for e in entries[:undone] for line in e.lines]
    facts = [(e.effective_on, line.account, line.money.minor) for e in entries for line in e.lines] + undoings
    opening = plain_sum((account, minor) for day, account, minor in facts if day < start)
    closing = plain_sum((account, minor) for day, account, minor in facts if day <= end)
    debits = plain_sum((account, minor) for day, account, minor in facts if start <= day <= end and minor > 0)
    assert {row.account: row.opening.minor for row in rows if row.opening} == opening
    assert {row.account: row.closing.minor for row in rows if row.closing} == closing
    assert {row.account: row.debits.minor for row in rows if row.debits} == debits

    moved = sum(debits.values())
    for draw in (general_ledger.draw, journal_book.draw):
        *_, total = drawn(database, draw, book_id, span=span).rows
        assert [cell.minor for cell in total.cells if isinstance(cell, Money)][:2] == [moved, moved]
    ledger = drawn(database, general_ledger.draw, book_id, span=span)
    closed = {row.cells[0]: row.cells[-1] for row in ledger.rows if row.tone is Tone.BALANCE}
    assert {account: cell.minor for account, cell in closed.items() if isinstance(cell, Money) and cell} == closing


def plain_sum(moves: Iterator[tuple[str, int]]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for account, minor in moves:
        sums[account] += minor
    return {account: minor for account, minor in sums.items() if minor}


@any_book.per_example
@given(any_book.books)
def test_the_files_hold_the_rows_of_the_screen(database: Database, entries: list[EntryDraft]) -> None:
    book_id = any_book.keep(database, entries)

    for report in ASSOCIATION:
        content = drawn(database, report.draw, book_id)
        rows = list(table.for_files(content))
        lines = read_csv(content)
        sheet = read_xlsx(content)
        assert len(lines) == len(sheet) == len(rows) + 1
        assert lines[0] == sheet[0]
        for row, line, cells in zip(rows, lines[1:], sheet[1:], strict=True):
            for column, cell, text, number in zip(content.columns, row.cells, line, cells, strict=True):
                assert same(column, cell, text, number)


def same(column: Column, cell: Cell, text: str, number: str) -> bool:
    if isinstance(cell, Money):
        return Decimal(text.replace(",", ".")) * 100 == cell.minor == round(Decimal(number) * 100)
    if isinstance(cell, str):
        return number == cell and not text.startswith(("=", "+", "-", "@")) and cell.strip() == text.removeprefix("'")
    return (
        text == (cell.isoformat() if cell else "")
        and column.kind in {Kind.DAY, Kind.AMOUNT}
        and bool(number) == bool(cell)
    )


def read_csv(content: Table) -> list[list[str]]:
    whole = b"".join(table_csv.encode(content)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(whole, newline=""), delimiter=";"))


def read_xlsx(content: Table) -> list[list[str]]:
    """Read the first sheet as text, by the places that its cells name."""
    file = io.BytesIO()
    table_xlsx.write(content, file)
    with zipfile.ZipFile(file) as archive:
        sheet = fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - written above
    return [list(in_columns(row, len(content.columns))) for row in sheet.iter(f"{SHEET}row")]


SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def in_columns(row: Element, columns: int) -> Iterator[str]:
    assert not list(row.iter(f"{SHEET}f")), "a formula"
    found = {cell.attrib["r"].rstrip("0123456789"): "".join(cell.itertext()) for cell in row.iter(f"{SHEET}c")}
    return (found.get(chr(ord("A") + column), "") for column in range(columns))


def test_a_long_table_goes_on_in_another_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_xlsx, "ROWS", 3)
    rows = [Row((str(number), Money(number))) for number in range(7)]
    columns = (Column("Word"), Column("Amount", Kind.AMOUNT))
    file = io.BytesIO()

    table_xlsx.write(Table("x", "x", YEAR.start, YEAR.end, "EUR", columns, iter(rows)), file)

    with zipfile.ZipFile(file) as archive:
        sheets = [fromstring(archive.read(f"xl/worksheets/sheet{n}.xml")) for n in (1, 2, 3)]  # noqa: S314
    assert [len(list(sheet.iter(f"{SHEET}row"))) for sheet in sheets] == [4, 4, 2]


@pytest.mark.pdf
@pytest.mark.parametrize("locale", ["fr", "en"])
def test_the_paper_holds_the_rows_of_the_screen(database: Database, locale: str, pdf: WeasyPrintPdf) -> None:
    book_id = kept(database)

    for report in ASSOCIATION:
        content = drawn(database, report.draw, book_id, locale)
        document = table_pdf.compose(content, ISSUER, locale, templates=Templates(), now=NOW)
        sheets = pypdf.PdfReader(io.BytesIO(table_pdf.render(document, content, ISSUER, locale, pdf=pdf))).pages
        text = bare("".join(sheet.extract_text() for sheet in sheets))
        _, rows = table.for_pages(content, longest=1000)
        for row in rows:
            for cell in row.cells:
                assert bare(shown(cell, locale)) in text


def bare(text: str) -> str:
    return "".join(text.split())


def shown(cell: Cell, locale: str) -> str:
    if isinstance(cell, Money):
        return i18n.format_money(cell, locale)
    return cell if isinstance(cell, str) else i18n.format_day(cell, locale, style="short") if cell else ""


def test_what_would_fill_a_binder_is_not_printed(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_pdf, "LONGEST", 3)
    content = drawn(database, journal_book.draw, kept(database))

    with pytest.raises(table_pdf.TooLongForPaper):
        table_pdf.compose(content, ISSUER, "fr", templates=Templates(), now=NOW)
