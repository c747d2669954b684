"""Who this browser has proved to be: kept in a signed cookie, and checked against the person at every request."""

from __future__ import annotations

from flask import session as cookie
from sqlalchemy.orm import Session

from ledger.organisations import organisations
from ledger.organisations.models import Role
from ledger.people.models import Person
from ledger.projects import queries as projects
from ledger.web.context import Visitor

BOOKKEEPERS = (Role.ADMIN, Role.TREASURER, Role.AUDITOR)
"""Who may read a book."""

POSTERS = (Role.ADMIN, Role.TREASURER)
"""Who may post to a book: an auditor reads it and never writes."""


def admit(person: Person, *, signed_in: bool) -> None:
    """Remember in this browser who came in; what it remembered before is forgotten."""
    cookie.clear()
    cookie.permanent = True
    cookie["person"] = person.id
    cookie["epoch"] = person.session_epoch
    cookie["signed_in"] = signed_in


def leave() -> None:
    """Forget whoever came in by this browser."""
    cookie.clear()


def current(session: Session) -> Visitor | None:
    """Give the person whom this browser has proved to be, if it still holds."""
    if "person" not in cookie:
        return None
    person = session.get(Person, cookie["person"])
    if person is None or person.session_epoch != cookie.get("epoch"):
        return None
    signed_in = bool(cookie.get("signed_in"))
    return Visitor(
        id=person.id,
        email=person.email,
        first_name=person.first_name,
        signed_in=signed_in,
        leads=signed_in and bool(projects.led_by(session, person.id)),
        keeps_books=signed_in and bool(organisations.with_role(session, person.id, *BOOKKEEPERS)),
    )
