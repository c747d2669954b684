"""Projects from a list made elsewhere: imported whole, shown as they were written, and one of them funded."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import expect

from ledger import i18n
from ledger.config import ROOT
from tests.browser import journey, town
from tests.browser.person import HOME, Gift, Person

pytestmark = pytest.mark.pdf

TOULOUSE: Final = ROOT.parent / "shared" / "data" / "pabulib" / "toulouse-2019-projects.csv"
"""Thirty projects of a real participatory budget; not part of this repository."""


def read(file: Path) -> list[dict[str, str]]:
    """Read a list as any program does."""
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def check_shown(person: Person, rows: list[dict[str, str]]) -> None:
    """Every project of a list is on the home page, with its title, district, leader and goal."""
    person.open(HOME[person.locale])
    cards = person.page.locator(".entry").evaluate_all(CARDS)
    shown = {" ".join(title.split()): " ".join(text.split()) for title, text in cards}
    for row in rows:
        card = shown[" ".join(row["title"].split())]
        goal = i18n.format_money(i18n.parse_money(row["goal_eur"]), person.locale, trim=True)
        for words in (row["district"], row["leader"], goal):
            assert " ".join(words.split()) in card


CARDS: Final = "cards => cards.map(card => [card.querySelector('h2').textContent.trim(), card.textContent])"


def fund(person: Person, title: str, gift: Gift) -> None:
    """Give to a project, read its dashboard's figures in the accounts, and draw its statement."""
    journey.find_project(person, title)
    journey.fill_the_form(person, gift)
    person.type_card("cb_visa")
    person.wait_until_paid()
    journey.draw_the_statement(person, title, gift)
    assert person.site.ecot("books", "verify").returncode == 0


@pytest.mark.parametrize(("locale", "screen"), [("fr", "390"), ("en", "1280")], indirect=["screen"])
def test_an_invented_list_is_imported_shown_and_funded(person: Person, locale: str) -> None:
    rows = [row for row in read(town.LIST) if not row["title"].startswith("«")]
    assert len(rows) == 9
    check_shown(person, rows)
    fund(person, "Repair café d’été", Gift("8,50", f"mender-{locale}@ici.example", "Yaël", last_name=f"Roux-{locale}"))


@pytest.mark.skipif(not TOULOUSE.exists(), reason="the real list of projects is not beside this repository")
@pytest.mark.parametrize(("locale", "screen"), [("fr", "1280")], indirect=["screen"])
def test_thirty_real_projects_are_imported_shown_and_one_is_funded(person: Person) -> None:
    rows, ecot = read(TOULOUSE), person.site.ecot
    identity = ["--name", "Toulouse en commun", "--address", "1, place du Capitole", "--postcode", "31000"]
    found = ecot("organisations", "found", "toulouse", *identity, "--city", "Toulouse", "--email", "a@ici.example")
    assert found.returncode == 0
    assert "toulouse" in [line.split("\t")[0] for line in ecot("organisations", "list").stdout.splitlines()]
    granted = ecot("people", "grant", journey.TREASURER, "--organisation", "toulouse", "--role", "treasurer")
    assert granted.returncode == 0
    imported = ecot("projects", "import", "--organisation", "toulouse", str(TOULOUSE))
    assert imported.stdout == "30 projects imported, 0 were there already\n"
    again = ecot("projects", "import", "--organisation", "toulouse", str(TOULOUSE))
    assert again.stdout == "0 projects imported, 30 were there already\n"
    assert len(rows) == 30
    check_shown(person, rows)
    fund(person, "Panneau d'affichage électronique extérieur", Gift("250", "real@ici.example", "Inès"))


@pytest.mark.parametrize(("locale", "screen"), [("fr", "1280"), ("en", "390")], indirect=["screen"])
def test_projects_are_found_by_theme_and_by_district(person: Person) -> None:
    person.open(HOME[person.locale])
    person.page.locator("#theme").select_option(label=person.say("Nature and gardens"))
    person.page.locator("#district").select_option("Les Prés")
    person.button("Search").click()
    titles = person.page.locator(".entry h2")
    expect(titles).to_have_text(["Une haie pour l’école", 'Un verger "à croquer"'])
    expect(person.page.locator("#district")).to_have_value("Les Prés")
    person.link("See all open projects").click()
    expect(titles).not_to_have_count(2)
