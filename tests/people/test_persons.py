"""A person is known by one address, however it is typed and however many ask at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from ledger.db import Database
from ledger.people import persons
from ledger.people.models import Person

TOGETHER = 6


def ask(session: Session, email: str, *, now: datetime, first_name: str = "Camille", locale: str = "fr") -> Person:
    return persons.find_or_add(session, email, first_name=first_name, last_name="Moreau", locale=locale, now=now)


@pytest.mark.parametrize("typed", ["camille@example.org", " Camille@Example.ORG ", "CAMILLE@EXAMPLE.ORG\n"])
def test_an_address_is_written_one_way(typed: str) -> None:
    assert persons.normalise(typed) == "camille@example.org"


def test_a_person_is_added_once_and_found_by_any_spelling(database: Database, frozen_now: datetime) -> None:
    with database.transaction() as session:
        assert persons.find(session, "camille@example.org") is None
        person = ask(session, "Camille@example.org", now=frozen_now)
        assert ask(session, " camille@EXAMPLE.org", now=frozen_now) is person
        assert persons.find(session, "camille@example.ORG ") is person
        assert ask(session, "other@example.org", now=frozen_now) is not person


def test_a_person_who_is_known_is_not_renamed_by_whoever_types_the_address(
    database: Database, frozen_now: datetime
) -> None:
    with database.transaction() as session:
        ask(session, "camille@example.org", now=frozen_now)
    with database.transaction() as session:
        person = ask(session, "camille@example.org", first_name="Mallory", locale="en", now=frozen_now)
        assert (person.first_name, person.locale) == ("Camille", "fr")


def test_many_who_ask_for_a_new_person_at_once_get_the_same(database: Database, frozen_now: datetime) -> None:
    ready = threading.Barrier(TOGETHER, timeout=60)

    def ask_together(number: int) -> int:
        ready.wait()
        with database.transaction() as session:
            return ask(session, "camille@example.org", first_name=f"Camille {number}", now=frozen_now).id

    with ThreadPoolExecutor(TOGETHER) as pool:
        assert len(set(pool.map(ask_together, range(TOGETHER)))) == 1


def test_a_person_s_reference_in_the_book_has_six_figures(database: Database, frozen_now: datetime) -> None:
    with database.transaction() as session:
        person = ask(session, "camille@example.org", now=frozen_now)
        assert person.reference == f"C{person.id:06d}"
