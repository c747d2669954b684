"""The treasurer sees when the book was checked last, and what was found, in words with ids."""

from __future__ import annotations

import pytest

from ledger.books import verifications
from ledger.books.problems import Problem
from ledger.books.verify import _invariants
from ledger.organisations import organisations
from ledger.templating import Templates
from ledger.workflows import keep_books, verify_books
from tests.factories.world import World
from tests.journeys.donors import give_and_pay, sign_in

TREASURER = "ines@amis-du-lavoir.example"


def told(world: World, locale: str = "fr") -> str:
    return sign_in(world, TREASURER, locale).open(world.path("treasurer.home", locale)).text.replace("\xa0", " ")


def test_a_book_is_not_verified_before_its_first_night(world: World) -> None:
    assert "Livre pas encore vérifié : il l’est chaque nuit." in told(world)


def test_a_book_without_a_fault_is_said_to_be_so_with_what_was_checked(world: World) -> None:
    give_and_pay(world)
    world.settle()
    keep_books.run(world.means.database, now=world.clock())
    verify_books.run(world.means)

    assert "Livre vérifié le 3 mars 2026 à" in told(world)
    assert ": aucune anomalie (1 écriture, 1 scellement)." in told(world)
    assert "nothing wrong (1 entry, 1 seal)." in told(world, "en")


def test_faults_are_listed_in_words_with_their_ids(world: World) -> None:
    many = [Problem("sealed_entry_altered", "entry", 12), *[Problem("unbalanced", "entry", n) for n in range(60)]]
    with world.means.database.transaction() as session:
        book_id = organisations.get(session, "amis-du-lavoir").book_id
        extent, now = verifications.extent(session, book_id), world.clock()
        verifications.note(session, book_id, many, extent=extent, started_at=now, finished_at=now)

    french, english = told(world), told(world, "en")
    assert ": 61 anomalies" in french
    assert "Écriture 12 : modifiée depuis son scellement" in french
    assert french.count("le débit et le crédit diffèrent") == 49
    assert "En voici les 50 premières." in french
    assert "61 things are not as they must be" in english
    assert "Entry 12: altered since it was sealed" in english


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_every_check_of_the_book_has_words(locale: str) -> None:
    """Those of outer layers and of the seals are told by their names until they have some."""
    page = '{% from "components/checks.html" import anomaly with context %}{{ anomaly(problem) }}'
    environment = Templates()._environments[locale]
    for check, entity in _invariants():
        said = environment.from_string(page).render(locale=locale, problem=Problem(check, entity, 7))
        assert check not in said, check
        assert f"{entity} 7" not in said, entity
