"""Statements name the seal that they were drawn at, and are drawn again there."""

from __future__ import annotations

from typing import Final

import pytest

from ledger.workflows import keep_books
from tests.factories.world import World
from tests.journeys.browsers import Browser
from tests.journeys.donors import Gift, give_and_pay, sign_in

TREASURER: Final = "ines@amis-du-lavoir.example"
BOOK: Final = "/fr/tresorerie/amis-du-lavoir"
DAYS: Final = "start=2026-01-01&end=2026-12-31"


@pytest.fixture
def books(world: World) -> World:
    """The world after one gift."""
    give_and_pay(world)
    world.settle()
    return world


def taken(browser: Browser, path: str) -> bytes:
    answer = browser.open(f"{path}?{DAYS}")
    assert answer.status == 200
    return answer.body


def seal_all(world: World) -> None:
    keep_books.run(world.means.database, now=world.clock())


@pytest.mark.parametrize("page", ["balance", "grand-livre", "bilan"])
def test_a_statement_names_its_seal_and_is_drawn_again_there(books: World, page: str) -> None:
    seal_all(books)
    browser = sign_in(books, TREASURER)
    first = taken(browser, f"{BOOK}/{page}.csv")
    give_and_pay(books, Gift(amount="77", email="noor@example.org"))
    seal_all(books)

    now = browser.open(f"{BOOK}/{page}?{DAYS}")
    then = browser.open(f"{BOOK}/{page}?{DAYS}&seal=1")

    assert "Livre au scellement n°\xa02 du" in now.text
    assert "Livre au scellement n°\xa01 du" in then.text
    assert then.form("Afficher").fields["seal"] == "1"
    (again,) = {address for address in then.links().values() if f"/{page}.csv" in address}
    assert browser.open(again).body == first
    assert b"Livre au scellement n\xc2\xb0\xc2\xa01 du" in first
    assert taken(browser, f"{BOOK}/{page}.csv") != first


def test_the_account_of_a_project_is_drawn_again_at_its_seal(books: World) -> None:
    seal_all(books)
    browser = sign_in(books, TREASURER)
    address = "/fr/tresorerie/lavoir"
    first = taken(browser, f"{address}.csv")
    give_and_pay(books, Gift(amount="77", email="noor@example.org"))

    page = browser.open(f"{address}?{DAYS}")
    then = browser.open(f"{address}?{DAYS}&seal=1")

    assert "1 écriture plus récente, comptée ici, attend le suivant" in page.text
    assert "77,00" in page.text
    assert "77,00" not in then.text
    (again,) = {link for link in then.links().values() if ".csv" in link}
    assert browser.open(again).body == first
    assert "Livre au scellement n°\xa01 du" in taken(browser, f"{address}.pdf").decode(errors="replace")


@pytest.mark.parametrize("place", ["amis-du-lavoir/balance", "lavoir"])
@pytest.mark.parametrize(
    ("seal", "told"), [("99", "Le livre n’a pas de scellement de ce numéro."), ("x", "Écrivez ce nombre en chiffres")]
)
def test_a_seal_that_does_not_exist_is_said_beside_the_form(books: World, place: str, seal: str, told: str) -> None:
    browser = sign_in(books, TREASURER)
    page = browser.open(f"/fr/tresorerie/{place}?{DAYS}&seal={seal}")

    assert page.status == 422
    assert told in page.error_of("seal")
    assert page.form("Afficher").fields["seal"] == seal
    file = browser.open(f"/fr/tresorerie/{place}.csv?{DAYS}&seal={seal}")
    assert file.status == (404 if seal == "99" else 422)
