"""Persons: found by their address, added when new."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.db import add_once
from ledger.people.models import Person


def normalise(email: str) -> str:
    """Give the one way we write an address: trimmed, in small letters, as every large provider reads it."""
    return email.strip().lower()


def find(session: Session, email: str) -> Person | None:
    """Find the person with this address."""
    return session.scalars(_with_address(email)).one_or_none()


def find_or_add(session: Session, email: str, *, first_name: str, last_name: str, locale: str, now: datetime) -> Person:
    """Give the person with this address, added when new; two at once make one.

    A person who is known keeps the name and language on record: anybody can type an address into a form.
    """
    found = find(session, email)
    if found is not None:
        return found
    person = Person(email=normalise(email), first_name=first_name, last_name=last_name, locale=locale, created_at=now)
    return person if add_once(session, person) else session.scalars(_with_address(email)).one()


def _with_address(email: str) -> sa.Select[Person]:
    return sa.select(Person).where(Person.email == normalise(email))
