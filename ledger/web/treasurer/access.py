"""Whose book a visitor may read, and whose they may post to: asked again for every page."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ledger.errors import NotFound
from ledger.organisations import organisations
from ledger.projects import queries as projects
from ledger.projects.queries import OrganisationRow
from ledger.web.context import Context
from ledger.web.persona import Forbidden
from ledger.web.visitor import BOOKKEEPERS, POSTERS


def to_read(session: Session, context: Context, slug: str) -> OrganisationRow:
    """Give an organisation whose book the visitor keeps or audits.

    Raises:
        NotFound: there is none; for others it does not exist here.
    """
    ids = organisations.with_role(session, context.visitor.id, *BOOKKEEPERS)
    for organisation in projects.organisations(session, ids):
        if organisation.slug == slug:
            return organisation
    raise NotFound(organisation=slug)


def to_post(session: Session, context: Context, slug: str) -> OrganisationRow:
    """Give an organisation whose book the visitor keeps.

    Raises:
        NotFound: there is none; for others it does not exist here.
        Forbidden: they may only read it.
    """
    organisation = to_read(session, context, slug)
    if not may_post(session, context, organisation):
        raise Forbidden
    return organisation


def may_post(session: Session, context: Context, organisation: OrganisationRow) -> bool:
    """Tell whether the visitor may post to the book of an organisation."""
    return organisation.id in organisations.with_role(session, context.visitor.id, *POSTERS)
