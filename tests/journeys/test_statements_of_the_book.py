"""The treasurer reads balance, ledgers and journal for any period, and takes them away; nobody else does."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest

from ledger.organisations import organisations
from ledger.statements import fec_check
from ledger.web.treasurer import reports
from tests.factories.world import World
from tests.journeys.browsers import Browser
from tests.journeys.donors import give_and_pay, sign_in

TREASURER = "ines@amis-du-lavoir.example"
AUDITOR = "aude@amis-du-lavoir.example"
OTHER_TREASURER = "theo@amis-du-verger.example"
WHERE = {"fr": "/fr/tresorerie/amis-du-lavoir", "en": "/en/treasury/amis-du-lavoir"}
TOLD = {
    "compte-de-resultat": "EXCÉDENT OU DÉFICIT",
    "income-statement": "SURPLUS OR DEFICIT",
    "bilan": "TOTAL DU PASSIF",
    "balance-sheet": "TOTAL FUNDS AND LIABILITIES",
    "fonds-dedies": "Totaux",
    "dedicated-funds": "Totals",
    "contributions-volontaires": "Totaux",
    "voluntary-contributions": "Totals",
}
"""What a statement tells of the one gift; its account, unless it is said here."""

DAYS = "start=2026-01-01&end=2026-12-31"


@pytest.fixture
def books(world: World) -> World:
    """The world after one gift."""
    give_and_pay(world)
    world.settle()
    return world


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_each_statement_is_linked_shown_and_downloaded(books: World, locale: str) -> None:
    browser = sign_in(books, TREASURER, locale)
    home = browser.open(WHERE[locale].rpartition("/")[0])

    with books.means.database.reading() as session:
        links = reports.links(session, organisations.get(session, "amis-du-lavoir").book_id, locale)
    for word, title in links:
        assert f'href="{WHERE[locale]}/{word}"' in home.html
        page = browser.open(f"{WHERE[locale]}/{word}?{DAYS}")
        assert (page.status, page.heading) == (200, title)
        told = TOLD.get(word, "754110")
        assert told in page.text
        rows = csv.reader(io.StringIO(taken(browser, f"{WHERE[locale]}/{word}.csv").decode("utf-8-sig")), delimiter=";")
        assert any(told in row for row in rows)
        with zipfile.ZipFile(io.BytesIO(taken(browser, f"{WHERE[locale]}/{word}.xlsx"))) as archive:
            assert archive.testzip() is None
        assert told in taken(browser, f"{WHERE[locale]}/{word}.pdf").decode(errors="replace")
        assert "Income:754110  -" in taken(browser, f"{WHERE[locale]}/{word}.journal").decode()
        assert "open Income:754110 EUR" in taken(browser, f"{WHERE[locale]}/{word}.beancount").decode()


def taken(browser: Browser, path: str) -> bytes:
    answer = browser.open(f"{path}?{DAYS}")
    assert answer.status == 200
    return answer.body


def test_the_entries_file_of_the_year_has_no_defect(books: World) -> None:
    answer = sign_in(books, AUDITOR).open(f"{WHERE['fr']}/fec/2026")

    assert "123456782FEC20261231.txt" in answer.headers["content-disposition"]
    verdict = fec_check.check(io.BytesIO(answer.body), name="123456782FEC20261231.txt")
    assert (verdict.defects, verdict.entries) == ((), 1)


def test_without_a_period_the_accounting_year_to_date_is_shown(books: World) -> None:
    page = sign_in(books, TREASURER).open(f"{WHERE['fr']}/balance")

    assert "Du 1er janvier 2026 au 3 mars 2026" in page.text.replace("\xa0", " ")
    assert 'value="2026-01-01"' in page.html
    assert 'value="2026-03-03"' in page.html


def test_a_period_that_ends_before_it_starts_is_said_beside_the_form(books: World) -> None:
    page = sign_in(books, TREASURER, "en").open(f"{WHERE['en']}/journal?start=2026-02-01&end=2026-01-01")

    assert page.status == 422
    assert "The period ends before it starts." in page.text


@pytest.mark.parametrize("place", ["nothing", "balance.doc", "nothing.csv", "fec/1", "fec/99999"])
def test_what_does_not_exist_is_not_found(books: World, place: str) -> None:
    assert sign_in(books, TREASURER).open(f"{WHERE['fr']}/{place}").status == 404


@pytest.mark.parametrize("place", ["balance", "balance.csv", "grand-livre.xlsx", "journal.pdf", "fec/2026"])
def test_the_book_of_another_organisation_does_not_exist_for_its_treasurer(books: World, place: str) -> None:
    assert sign_in(books, OTHER_TREASURER).open(f"{WHERE['fr']}/{place}").status == 404


@pytest.mark.parametrize("place", ["balance", "balance.csv", "fec/2026"])
def test_a_stranger_is_asked_to_sign_in_and_a_donor_is_refused(books: World, place: str) -> None:
    path = f"{WHERE['fr']}/{place}"

    assert "connexion" in books.browser().open(path).url
    assert sign_in(books, "noe@amis-du-lavoir.example").open(path).status == 403


def test_a_page_shows_the_first_rows_of_a_long_statement_and_says_so(
    books: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "ON_SCREEN", 2)
    page = sign_in(books, TREASURER, "en").open(f"{WHERE['en']}/journal?{DAYS}")

    assert "These are the first 2 lines. The files hold them all." in page.text
    assert page.html.count('data-label="Debit"') == 2
