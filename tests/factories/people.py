"""Persons for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy.orm import Session

from ledger.people import persons
from ledger.people.models import Person

LONG_AGO: Final = datetime(2025, 9, 1, 8, 0, tzinfo=UTC)


def make_person(session: Session, email: str, name: str = "", *, locale: str = "fr") -> Person:
    """A person who is known since long; `name` is first and last name."""
    first_name, _, last_name = name.partition(" ")
    person = persons.find_or_add(
        session, email, first_name=first_name, last_name=last_name, locale=locale, now=LONG_AGO
    )
    session.flush()
    return person
