"""The names behind the references by which postings know who contributed."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.people.models import Person

CHUNK: Final = 1000
"""How many names are asked for at once: databases bound the values of one query."""

LONGEST: Final = 18
"""A reference with more figures is nobody's: no key is as long."""


def names(session: Session, references: set[str]) -> dict[str, str]:
    """Name contributors by the references that postings carry; one without a name keeps its reference."""
    ids = sorted(int(each[1:]) for each in references if each[1:].isdecimal() and len(each) <= LONGEST)
    found = {}
    for first in range(0, len(ids), CHUNK):
        for person in session.scalars(sa.select(Person).where(Person.id.in_(ids[first : first + CHUNK]))):
            found[person.reference] = f"{person.first_name} {person.last_name}".strip() or person.reference
    return found
