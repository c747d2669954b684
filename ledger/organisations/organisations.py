"""Organisations: founded with a book of their own, joined by members, asked for their chart."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.books import book, chart
from ledger.errors import Invalid, NotFound, Refused
from ledger.organisations.models import LegalForm, Membership, Organisation, Role

SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""A short name as addresses carry it."""

CHARTS: Final = {
    LegalForm.ASSOCIATION: "association",
    LegalForm.COOPERATIVE: "cooperative",
    LegalForm.COMPANY: "cooperative",
    LegalForm.COMMUNE: "mandate",
}
"""The chart of accounts that an organisation's book is opened with, unless another one is asked for."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an organisation is before the law."""

    slug: str
    name: str
    legal_form: LegalForm
    siren: str
    rna: str
    address: str
    postcode: str
    city: str
    email: str


def found(session: Session, identity: Identity, *, chart_name: str = "", now: datetime) -> Organisation:
    """Add an organisation with its book, for good in the chart that is asked for, or that its legal form has.

    Raises:
        Invalid: `bad_slug`, a short name that an address cannot carry.
        Refused: `organisation_exists`, another one has this short name.
        UnknownChart: there is no chart of accounts of this name.
    """
    if not SLUG.fullmatch(identity.slug):
        raise Invalid("bad_slug", slug=identity.slug)
    if session.scalar(sa.select(Organisation.id).where(Organisation.slug == identity.slug)) is not None:
        raise Refused("organisation_exists", slug=identity.slug)
    book_id = book.create(session, name=identity.name, chart=chart_name or CHARTS[identity.legal_form])
    organisation = Organisation(**asdict(identity), book_id=book_id, created_at=now)
    session.add(organisation)
    session.flush()  # members and projects name it
    return organisation


def get(session: Session, slug: str) -> Organisation:
    """Give the organisation with this short name.

    Raises:
        NotFound: there is none.
    """
    organisation = session.scalars(sa.select(Organisation).where(Organisation.slug == slug)).one_or_none()
    if organisation is None:
        raise NotFound("organisation_unknown", slug=slug)
    return organisation


def lock(session: Session, organisation_id: int) -> None:
    """Let others who lock the same organisation wait until the transaction ends."""
    session.execute(sa.select(Organisation.id).where(Organisation.id == organisation_id).with_for_update())


def chart_of(session: Session, organisation: Organisation) -> chart.Chart:
    """Give the chart of accounts that an organisation's book uses."""
    return book.chart_of(session, organisation.book_id)


def add_member(session: Session, organisation: Organisation, person_id: int, role: Role, *, now: datetime) -> None:
    """Give a person a role in an organisation; twice is once."""
    if session.get(Membership, (organisation.id, person_id, role)) is None:
        session.add(Membership(organisation_id=organisation.id, person_id=person_id, role=role, created_at=now))


def with_role(session: Session, person_id: int, *roles: Role) -> tuple[int, ...]:
    """List the ids of the organisations in which a person has one of these roles."""
    query = sa.select(Membership.organisation_id).distinct().order_by(Membership.organisation_id)
    return tuple(session.scalars(query.where(Membership.person_id == person_id, Membership.role.in_(roles))))


def listed(session: Session) -> tuple[tuple[str, str], ...]:
    """List all organisations, short name and name, in the order of the short names."""
    rows = session.execute(sa.select(Organisation.slug, Organisation.name).order_by(Organisation.slug))
    return tuple((slug, name) for slug, name in rows)
