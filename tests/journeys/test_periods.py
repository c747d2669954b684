"""A treasurer closes the years of a book: each act once, with a way back until it is for good."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest

from ledger.books import balances, closing, periods, queries
from ledger.books.periods import PeriodRow
from ledger.organisations import organisations
from ledger.organisations.models import Role
from tests.factories.books import make_donation, make_entry
from tests.factories.people import LONG_AGO, make_person
from tests.factories.world import World
from tests.journeys.browsers import Browser
from tests.journeys.donors import sign_in
from tests.journeys.pages import Form, Page

TREASURER: Final = "ines@amis-du-lavoir.example"
AUDITOR: Final = "aude@amis-du-lavoir.example"
ADMIN: Final = "ada@amis-du-lavoir.example"
YEARS: Final = {"fr": "/fr/tresorerie/amis-du-lavoir/exercices", "en": "/en/treasury/amis-du-lavoir/periods"}


@pytest.fixture
def book_id(world: World) -> int:
    """A book with a gift in 2024, 2025 and 2026, and an administrator beside the treasurer."""
    with world.means.database.transaction() as session:
        organisation = organisations.get(session, "amis-du-lavoir")
        for year in (2024, 2025, 2026):
            make_entry(session, organisation.book_id, make_donation(50, on=date(year, 2, 1)))
        ada = make_person(session, ADMIN, "Ada Roux")
        organisations.add_member(session, organisation, ada.id, Role.ADMIN, now=LONG_AGO)
        return organisation.book_id


def year(world: World, book_id: int, number: int) -> PeriodRow:
    with world.means.database.reading() as session:
        return next(each for each in periods.of_book(session, book_id) if each.starts_on.year == number)


def acts(world: World, book_id: int) -> list[tuple[str, str, str]]:
    with world.means.database.reading() as session:
        return [(each.act, each.by, each.reason) for each in periods.acts(session, book_id)]


def form_to(page: Page, act: str) -> Form:
    return next(form for form in page.forms() if form.button == act)


def close_softly(browser: Browser, locale: str = "en") -> Page:
    button = {"fr": "Clôturer cet exercice", "en": "Close this year"}[locale]
    return browser.submit(form_to(browser.open(YEARS[locale]), button), {"act": "close"})


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_a_year_is_closed_and_an_administrator_reopens_it_with_a_reason(
    world: World, book_id: int, locale: str
) -> None:
    treasurer, admin = sign_in(world, TREASURER, locale), sign_in(world, ADMIN, locale)
    closed = close_softly(treasurer, locale)
    assert closed.status == 200
    assert "Ines" in closed.text
    assert not year(world, book_id, 2024).is_open

    button = {"fr": "Rouvrir cet exercice", "en": "Reopen this year"}[locale]
    assert button not in closed.text
    form = form_to(admin.open(YEARS[locale]), button)
    assert admin.submit(form, {"act": "reopen"}).error_of("reason")
    reopened = admin.submit(form, {"act": "reopen", "reason": "Une facture oubliée"})
    assert "Ada Roux · Une facture oubliée" in reopened.text
    assert year(world, book_id, 2024).is_open
    assert acts(world, book_id) == [("close", "Ines", ""), ("reopen", "Ada Roux", "Une facture oubliée")]


def test_a_form_sent_again_changes_nothing(world: World, book_id: int) -> None:
    admin = sign_in(world, ADMIN)
    close = form_to(admin.open(YEARS["en"]), "Close this year")
    for _ in range(2):
        assert admin.submit(close, {"act": "close"}).status == 200
    reopen = form_to(admin.open(YEARS["en"]), "Reopen this year")
    for _ in range(2):
        assert admin.submit(reopen, {"act": "reopen", "reason": "x"}).status == 200
    assert admin.submit(close, {"act": "close"}).status == 200, "an old page closes nothing again"
    assert [act for act, _by, _reason in acts(world, book_id)] == ["close", "reopen"]
    assert year(world, book_id, 2024).is_open


def test_only_an_administrator_reopens_and_only_who_posts_closes(world: World, book_id: int) -> None:
    treasurer, auditor = sign_in(world, TREASURER), sign_in(world, AUDITOR)
    where = f"{YEARS['en']}/{year(world, book_id, 2024).id}"
    close_softly(treasurer)
    for browser in (treasurer, auditor):
        token = browser.open("/en/sign-in").form().fields["csrf_token"]
        reopen = {"csrf_token": token, "act": "reopen", "acts": "1", "reason": "x"}
        assert browser.post(where, reopen).status == 403
    assert auditor.open(YEARS["en"]).status == 200
    assert "Close for good" not in auditor.open(YEARS["en"]).text
    assert auditor.open(f"{where}/closing").status == 403
    assert len(acts(world, book_id)) == 1


def test_a_year_that_lasts_or_comes_too_early_is_not_closed(world: World, book_id: int) -> None:
    treasurer = sign_in(world, TREASURER)
    token = treasurer.open("/en/sign-in").form().fields["csrf_token"]
    for number, told in ((2026, "not over yet"), (2025, "an earlier one comes first")):
        where = f"{YEARS['en']}/{year(world, book_id, number).id}"
        page = treasurer.post(where, {"csrf_token": token, "act": "close", "acts": "0"})
        assert page.status == 409
        assert told in page.text
    for sent in ({"act": "close", "acts": "x"}, {"act": "erase", "acts": "0"}, {"act": "close"}):
        assert treasurer.post(where, {"csrf_token": token, **sent}).status == 422
    other = sign_in(world, "theo@amis-du-verger.example")
    token = other.open("/en/sign-in").form().fields["csrf_token"]
    foreign = where.replace("amis-du-lavoir", "amis-du-verger")
    assert other.post(foreign, {"csrf_token": token, "act": "close", "acts": "0"}).status == 404
    assert other.open(f"{foreign}/closing").status == 404
    assert other.post(f"{foreign}/closing", {"csrf_token": token, "seen": ""}).status == 404
    assert acts(world, book_id) == []


def test_a_year_is_closed_for_good_with_the_funds_that_were_accepted(world: World, book_id: int) -> None:
    treasurer = sign_in(world, TREASURER)
    period = year(world, book_id, 2024)
    close_softly(treasurer)
    page = treasurer.open(treasurer.open(YEARS["en"]).links()["Close for good…"])
    assert "€48.92" in page.text
    assert "This cannot be undone" in page.text
    form = page.form()
    assert form.fields["accept_PRJ000001"] == "1"

    for _ in range(2):
        assert treasurer.submit(form).status == 200
    assert year(world, book_id, 2024).is_closed_for_good
    with world.means.database.reading() as session:
        assert balances.of(session, book_id, "196", as_of=period.ends_on).minor == -4_892
        assert closing.result(session, book_id, period.ends_on).minor == 0
        fund = queries.by_source(session, book_id, f"dedicated:{period.id}:PRJ000001")
    assert fund is not None
    assert (fund.effective_on, fund.details["author"]) == (period.ends_on, "Ines")
    assert [act for act, *_ in acts(world, book_id)] == ["close", "close_for_good"]
    assert "This year is closed for good." in treasurer.open(page.url).text


def test_a_fund_that_is_not_accepted_is_not_posted(world: World, book_id: int) -> None:
    treasurer = sign_in(world, TREASURER)
    period = year(world, book_id, 2024)
    close_softly(treasurer)
    form = treasurer.open(f"{YEARS['en']}/{period.id}/closing").form()
    treasurer.submit(form, {"accept_PRJ000001": None})
    with world.means.database.reading() as session:
        assert queries.by_source(session, book_id, f"dedicated:{period.id}:PRJ000001") is None
        assert balances.of(session, book_id, "120", as_of=period.ends_on).minor == -4_892


def test_what_was_posted_since_the_page_was_shown_is_looked_at_first(world: World, book_id: int) -> None:
    treasurer = sign_in(world, TREASURER)
    period = year(world, book_id, 2024)
    assert "A year is closed for good once it is closed" in treasurer.open(f"{YEARS['en']}/{period.id}/closing").text
    with world.means.database.transaction() as session:
        periods.close(session, period.id, by="Inès", now=world.clock())
    form = treasurer.open(f"{YEARS['en']}/{period.id}/closing").form()
    with world.means.database.transaction() as session:
        periods.reopen(session, period.id, by="Ada", reason="x", now=world.clock())
        make_entry(session, book_id, make_donation(10, on=date(2024, 3, 1)))
    open_again = treasurer.submit(form)
    assert open_again.status == 409
    with world.means.database.transaction() as session:
        periods.close(session, period.id, by="Inès", now=world.clock())
    page = treasurer.submit(form)
    assert page.status == 409
    assert "The book has changed since this page was shown." in page.text
    assert not year(world, book_id, 2024).is_closed_for_good
    treasurer.submit(page.form())
    assert year(world, book_id, 2024).is_closed_for_good
