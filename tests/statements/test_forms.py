"""Screen, CSV and PDF are three forms of one account."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import cast

import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import i18n
from ledger.adapters.memory import MemoryPdf
from ledger.adapters.weasyprint_pdf import WeasyPrintPdf
from ledger.contributions import queries as contributions
from ledger.db import Database
from ledger.errors import Refused
from ledger.money import Money, total
from ledger.projects import queries
from ledger.projects.queries import ProjectPage
from ledger.statements import project_account, project_account_csv, project_account_pdf
from ledger.statements.as_known import Knowledge
from ledger.statements.project_account import AccountLine, ProjectAccount
from ledger.templating import Templates
from tests.factories.gifts import make_funded, make_gift

FIRST = date(2026, 1, 1)
LAST = date(2026, 1, 31)
NOW = datetime(2026, 3, 3, 13, 5, tzinfo=UTC)

LABELS = {
    "fr": {"donation": "Don", "fee": "Frais de paiement"},
    "en": {"donation": "Gift", "fee": "Payment fee"},
}

slugs = count()


@st.composite
def gifts(draw: st.DrawFn) -> list[tuple[Money, Money, Money, datetime, str]]:
    """Give gifts, tips, fees, instants and donors around a month."""
    made = []
    for _ in range(draw(st.integers(0, 12))):
        amount, tip = draw(st.integers(1, 1_000_000)), draw(st.sampled_from([0, 0, 1, 200, 555]))
        fee = draw(st.integers(0, min(amount + tip, 5000)))
        day = draw(st.integers(-10, 40))
        paid_at = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=day)
        donor = draw(st.sampled_from(["Camille Desbiolles", "Amadou Diallo", "Élise Nguyễn", ""]))
        made.append((Money(amount), Money(tip), Money(fee), paid_at, donor))
    return made


per_example = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
"""The database is shared by the examples of a test; each makes a project and a book of its own."""


def give(database: Database, made: list[tuple[Money, Money, Money, datetime, str]]) -> ProjectPage:
    slug = f"p{next(slugs)}"
    with database.transaction() as session:
        funded = make_funded(session, slug)
        for amount, tip, fee, paid_at, donor in made:
            make_gift(session, funded, amount, tip=tip, fee=fee, paid_at=paid_at, donor=donor)
        page = queries.page(session, slug)
    assert page is not None
    return page


def draw_account(database: Database, page: ProjectPage, start: date | None, end: date) -> ProjectAccount:
    with database.reading() as session:
        return project_account.draw(
            session, page.project.reference, page.organisation.book_id, start=start, end=end, now=NOW
        )


def read_back(account: ProjectAccount, locale: str) -> list[list[str]]:
    content = b"".join(project_account_csv.encode(account, locale)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content, newline=""), delimiter=";"))


def cents(cell: str) -> int | None:
    return int(Decimal(cell.replace(",", ".")) * 100) if cell else None


def minor(money: Money | None) -> int | None:
    return money.minor if money else None


@pytest.fixture(scope="module")
def pdf() -> WeasyPrintPdf:
    return WeasyPrintPdf()


def text_of(account: ProjectAccount, page: ProjectPage, locale: str, pdf: WeasyPrintPdf) -> str:
    """Give the words of the PDF without any space, since spaces are laid out and not written."""
    content = project_account_pdf.render(account, page, locale, templates=Templates(), pdf=pdf)
    return bare("".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(content)).pages))


def bare(text: str) -> str:
    return "".join(text.split())


def row_of(line: AccountLine, locale: str) -> str:
    moved = line.in_ or line.out
    assert moved is not None
    day = i18n.format_day(line.day, locale, style="short")
    amounts = i18n.format_money(moved, locale) + i18n.format_money(line.running, locale)
    return bare(f"{day}{line.entry_id}{LABELS[locale][line.label]}{line.party}{amounts}")


@per_example
@given(gifts())
def test_the_lines_lead_from_the_opening_to_the_closing_balance(
    database: Database, made: list[tuple[Money, Money, Money, datetime, str]]
) -> None:
    account = draw_account(database, give(database, made), FIRST, LAST)

    running = account.opening
    for line in account.lines:
        assert (line.in_ is None) != (line.out is None)
        running = running + (line.in_ or Money(0)) - (line.out or Money(0))
        assert line.running == running
    assert account.closing == running == account.opening + account.total_in - account.total_out


@per_example
@given(gifts(), st.integers(0, 30))
def test_a_period_cut_in_two_closes_where_it_opens_again(
    database: Database, made: list[tuple[Money, Money, Money, datetime, str]], cut: int
) -> None:
    page = give(database, made)
    middle = FIRST + timedelta(days=cut)

    whole = draw_account(database, page, FIRST, LAST + timedelta(days=1))
    before = draw_account(database, page, FIRST, middle)
    after = draw_account(database, page, middle + timedelta(days=1), LAST + timedelta(days=1))

    assert before.closing == after.opening
    assert before.opening == whole.opening
    assert after.closing == whole.closing
    assert before.lines + after.lines == whole.lines


@per_example
@given(gifts())
def test_the_whole_account_closes_at_what_was_given_less_its_fees(
    database: Database, made: list[tuple[Money, Money, Money, datetime, str]]
) -> None:
    page = give(database, made)

    account = draw_account(database, page, None, date(2026, 12, 31))

    with database.reading() as session:
        totals = contributions.totals(session, [page.project.id])[page.project.id]
    assert account.total_in == totals.collected
    assert account.total_out == totals.fees
    assert account.closing == totals.net


@per_example
@given(gifts(), st.sampled_from(i18n.LOCALES))
def test_the_csv_read_back_is_the_screen(
    database: Database, made: list[tuple[Money, Money, Money, datetime, str]], locale: str
) -> None:
    account = draw_account(database, give(database, made), FIRST, LAST)

    header, opening, *rows, totals, closing, note = read_back(account, locale)

    assert len({len(row) for row in (header, opening, *rows, totals, closing, note)}) == 1
    assert [cell for cell in note if cell] == [account.knowledge.say(locale)]
    assert cents(opening[8]) == account.opening.minor
    assert [(row[0], row[5], cents(row[6]), cents(row[7]), cents(row[8])) for row in rows] == [
        (line.day.isoformat(), line.party, minor(line.in_), minor(line.out), line.running.minor)
        for line in account.lines
    ]
    assert (cents(totals[6]), cents(totals[7])) == (account.total_in.minor, account.total_out.minor)
    assert cents(closing[8]) == account.closing.minor
    assert sum(cents(row[6]) or 0 for row in rows) == cents(totals[6])


@pytest.mark.pdf
@settings(per_example, max_examples=10)
@given(gifts(), st.sampled_from(i18n.LOCALES))
def test_the_pdf_tells_the_same_lines_to_the_cent(
    database: Database, pdf: WeasyPrintPdf, made: list[tuple[Money, Money, Money, datetime, str]], locale: str
) -> None:
    page = give(database, made)
    account = draw_account(database, page, FIRST, LAST)

    written = text_of(account, page, locale, pdf)

    place = 0
    for line in account.lines:
        place = written.index(row_of(line, locale), place)
    sums = i18n.format_money(account.total_in, locale) + i18n.format_money(account.total_out, locale)
    place = written.index(bare(sums), place)
    assert bare(i18n.format_money(account.closing, locale)) in written[place:]
    assert total(line.in_ for line in account.lines if line.in_) == account.total_in


def test_a_pdf_that_nobody_can_wait_for_is_refused_and_the_csv_is_not() -> None:
    line = AccountLine(FIRST, 1, 1, "donation", "stripe:txn_1", "", "", Money(1), None, Money(1))
    account = ProjectAccount(
        project_reference="PRJ000001",
        start=FIRST,
        end=LAST,
        opening=Money(0),
        lines=(line,) * (project_account_pdf.MOST_LINES + 1),
        total_in=Money(0),
        total_out=Money(0),
        closing=Money(0),
        drawn_at=NOW,
        knowledge=Knowledge(None, 0),
    )
    page = cast("ProjectPage", None)  # refused before anything is asked of it

    with pytest.raises(Refused, match="statement_too_long"):
        project_account_pdf.render(account, page, "fr", templates=Templates(), pdf=MemoryPdf())
    assert len(read_back(account, "fr")) == project_account_pdf.MOST_LINES + 6
