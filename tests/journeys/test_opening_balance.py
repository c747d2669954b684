"""An organisation arrives with a history: its list of balances is looked at, then posted once, or mended."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest

from ledger.books import balances, book, periods, queries
from ledger.books.queries import EntryRow
from ledger.organisations import organisations
from ledger.projects import queries as projects
from ledger.workflows import opening_balance
from ledger.workflows.manual_entries import Author
from tests.factories.manual import make_manual_entry
from tests.factories.world import World
from tests.journeys.browsers import Browser
from tests.journeys.donors import sign_in
from tests.journeys.pages import Page

TREASURER: Final = "ines@amis-du-lavoir.example"
AUDITOR: Final = "aude@amis-du-lavoir.example"
WHERE: Final = {"fr": "/fr/tresorerie/amis-du-lavoir/reprise", "en": "/en/treasury/amis-du-lavoir/opening"}
LIST: Final = (
    "Compte;Libellé;Débit;Crédit;Contributeur\n"
    "512100;Crédit Mutuel;1 200,50;;\n"
    "411DUPONT;Dupont, usager;50;;DUPONT\n"
    "530000;Caisse;0,00;0,00;\n"
    "1024;Fonds associatifs;;1250,50;\n"
    "606;Achats;0;;\n"
)


def look(browser: Browser, text: str = LIST, *, day: str = "2026-01-01", locale: str = "en") -> Page:
    files = {"attachment": ("reprise.csv", text.encode("cp1252"))}
    return browser.submit(browser.open(WHERE[locale]).form(), {"day": day, "act": "look"}, files=files)


def confirm(browser: Browser, page: Page) -> Page:
    return browser.submit(page.form(), {"act": "post"})


def opening_of(world: World) -> EntryRow | None:
    with world.means.database.reading() as session:
        return opening_balance.existing(session, organisations.get(session, "amis-du-lavoir").book_id)


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_a_list_is_looked_at_then_posted_as_one_entry(world: World, locale: str) -> None:
    browser = sign_in(world, TREASURER, locale)
    page = look(browser, locale=locale)
    assert page.status == 200
    assert "411DUPONT" in page.text
    assert opening_of(world) is None, "looking posts nothing"

    posted = confirm(browser, page)
    entry = opening_of(world)
    assert entry is not None
    assert posted.url.endswith(f"/{entry.id}")
    assert (entry.journal, entry.effective_on, entry.source) == ("AN", date(2026, 1, 1), f"opening:{entry.book_id}")
    assert [(line.account, line.money.minor, line.contributor) for line in entry.lines] == [
        ("512100", 120_050, ""),
        ("411DUPONT", 5_000, "DUPONT"),
        ("1024", -125_050, ""),
    ]
    assert entry.details["author"] == "Ines"
    assert browser.open(posted.links()["reprise.csv"]).body == LIST.encode("cp1252")
    with world.means.database.reading() as session:
        assert balances.of(session, entry.book_id, "411DUPONT").minor == 5_000
        added = next(row for row in queries.accounts(session, entry.book_id) if row.code == "411DUPONT")
    assert (added.label, added.kind) == ("Dupont, usager", "asset")


def test_the_same_list_again_is_a_replay_and_another_is_refused_until_the_first_is_reversed(world: World) -> None:
    browser = sign_in(world, TREASURER)
    page = look(browser)
    first = confirm(browser, page)
    assert confirm(browser, page).url == first.url
    assert confirm(browser, look(browser)).url == first.url

    other = LIST.replace("1 200,50", "1 300,50").replace("1250,50", "1350,50")
    refused = confirm(browser, look(browser, other))
    assert refused.status == 422
    assert "Reverse it first, then send this file again." in refused.text
    assert "To bring another one, reverse it first." in refused.text

    reversal = browser.submit(browser.open(first.url).form(), {"reason": "Wrong bank balance"})
    assert "1 January 2026" in reversal.text
    second = confirm(browser, look(browser, other))
    entry = opening_of(world)
    assert entry is not None
    assert second.url.endswith(f"/{entry.id}")
    with world.means.database.reading() as session:
        assert balances.of(session, entry.book_id, "512100", as_of=date(2026, 1, 1)).minor == 130_050


PROBLEMS: Final = {
    "999;x;1;": "Line 2: account 999 is not in the chart",
    "512100;x;1.234;": "Line 2: “1.234” can be read in two ways",
    "606;Achats;1;": "Line 2: account 606 is of class 6, 7 or 8",
    "511510;Stripe;1;": "Line 2: account 511510 holds what Stripe holds",
    "5115101;Stripe;1;": "Line 2: account 5115101 holds what Stripe holds",
    "411DURAND;;1;": "Line 2: account 411DURAND would be new, and has no label",
    "411a;A;1;": "Line 2: account 411a cannot be added",
    "512100;x;2;": "Debits come to €2.00 and credits to €1.00: they differ by €1.00.",
    "512100;x;;": "fewer than two lines",
}


def test_every_problem_is_told_with_its_line_and_nothing_is_posted(world: World) -> None:
    browser = sign_in(world, TREASURER)
    for line, told in PROBLEMS.items():
        page = look(browser, f"account;label;debit;credit\n{line}\n1024;Fonds;;1\n")
        assert page.status == 422, line
        assert told in page.text, line
    named = look(browser, "account;label;debit;credit;contributor;project\n512;x;1;;C000001;\n1024;y;;1;;PRJ999999\n")
    assert "Line 2: the book knows no contributor C000001." in named.text
    assert "Line 3: no project of this organisation has the reference PRJ999999." in named.text
    assert opening_of(world) is None


DAYS: Final = {
    "": "Fill in this field.",
    "2026-01-02": "here, 1 January 2026",
    "2027-01-01": "at the latest",
    "1926-01-01": "at the earliest",
}


def test_the_day_is_the_first_of_an_accounting_year(world: World) -> None:
    browser = sign_in(world, TREASURER)
    for day, told in DAYS.items():
        page = look(browser, day=day)
        assert page.status == 422, day
        assert told in page.error_of("day"), day
    assert opening_of(world) is None


def test_a_book_with_earlier_entries_or_a_closed_period_takes_no_opening_balance(world: World) -> None:
    browser = sign_in(world, TREASURER)
    with world.means.database.transaction() as session:
        book_id = organisations.get(session, "amis-du-lavoir").book_id
        period = periods.open_span(session, book_id, starts_on=date(2024, 1, 1), ends_on=date(2024, 12, 31))
        periods.close(session, period.id, now=world.clock())
        periods.close_for_good(session, period.id, now=world.clock())
        make_manual_entry(session, world.means.files)
    assert "period that is closed" in look(browser, day="2024-01-01").error_of("day")
    assert look(browser, day="2026-01-01").status == 200, "a later entry is no hindrance"
    with world.means.database.transaction() as session:
        book.add_account(session, book_id, "411A", under="411", label="A")
    page = look(browser, day="2025-01-01")
    confirm(browser, page)
    assert "has entries before 1 January 2026" in look(browser, day="2026-01-01").error_of("day")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "This file is empty."),
        (b"%PDF-1.7", "names columns that we do not know"),
        (b"\x81\x8d", "cannot be read"),
        (b"account;label\n", "Missing: debit, credit."),
    ],
)
def test_a_file_that_is_no_list_is_refused_beside_its_field(world: World, content: bytes, told: str) -> None:
    browser = sign_in(world, TREASURER)
    form = browser.open(WHERE["en"]).form()
    page = browser.submit(form, {"act": "look"}, files={"attachment": ("x.csv", content)})
    assert page.status == 422
    assert told in page.error_of("attachment")


def test_without_a_file_or_with_one_that_was_never_looked_at_nothing_is_posted(world: World) -> None:
    browser = sign_in(world, TREASURER)
    form = browser.open(WHERE["en"]).form()
    for typed in ({"act": "look"}, {"act": "post"}, {"act": "post", "kept": "0" * 64}):
        page = browser.submit(form, typed)
        assert page.status == 422
        assert page.error_of("attachment") == "Fill in this field."
    assert browser.submit(form, {"csrf_token": "old"}).status == 422
    assert opening_of(world) is None


def test_an_auditor_brings_no_opening_balance(world: World) -> None:
    auditor = sign_in(world, AUDITOR)
    token = auditor.open("/en/sign-in").form().fields["csrf_token"]
    assert auditor.open(WHERE["en"]).status == 403
    assert auditor.post(WHERE["en"], {"csrf_token": token, "act": "post"}).status == 403


def test_two_lists_at_once_are_one_opening_balance(world: World) -> None:
    means, now = world.means, world.clock()
    with means.database.transaction() as session:
        (row,) = projects.organisations(session, [organisations.get(session, "amis-du-lavoir").id])
        voucher = opening_balance.keep(means.files, row.book_id, "x.csv", LIST.encode())
        ids = {
            opening_balance.post(
                session, row, LIST.encode(), day=date(2026, 1, 1), voucher=voucher, author=Author("Inès"), now=now
            ).entry_id
            for _ in range(2)
        }
    assert len(ids) == 1
