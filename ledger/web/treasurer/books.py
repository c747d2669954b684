"""The treasurer's first page: the organisations whose books are kept, their projects, what waits for a decision."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Response

from ledger.books import verifications
from ledger.contributions import queries as contributions
from ledger.contributions.queries import UnallocatedRow
from ledger.organisations import organisations
from ledger.projects import queries as projects
from ledger.projects.queries import OrganisationRow
from ledger.web.cards import Card, cards_of
from ledger.web.context import Context
from ledger.web.treasurer import reports
from ledger.web.visitor import BOOKKEEPERS, POSTERS


@dataclass(frozen=True, slots=True)
class Books:
    """An organisation with its projects and the payments in suspense."""

    organisation: OrganisationRow
    reports: tuple[tuple[str, str], ...]
    cards: tuple[Card, ...]
    unallocated: tuple[UnallocatedRow, ...]


def home(context: Context) -> Response:
    """List the organisations whose books the visitor may read."""
    with context.means.database.reading() as session:
        ids = organisations.with_role(session, context.visitor.id, *BOOKKEEPERS)
        rows = projects.of_organisations(session, ids)
        cards = cards_of(rows, contributions.totals(session, [row.id for row in rows]), context.now)
        posts = organisations.with_role(session, context.visitor.id, *POSTERS)
        waiting = contributions.unallocated(session, ids)
        kept = [
            (organisation, reports.links(session, organisation.book_id, context.locale))
            for organisation in projects.organisations(session, ids)
        ]
        verified = verifications.newest(session, [organisation.book_id for organisation, _ in kept])
    return context.render(
        "treasurer/home.html",
        organisations=tuple(_books(organisation, links, cards, waiting) for organisation, links in kept),
        posts=posts,
        verified=verified,
    )


def _books(
    organisation: OrganisationRow,
    links: tuple[tuple[str, str], ...],
    cards: Iterable[Card],
    waiting: Iterable[UnallocatedRow],
) -> Books:
    return Books(
        organisation=organisation,
        reports=links,
        cards=tuple(card for card in cards if card.project.organisation_id == organisation.id),
        unallocated=tuple(row for row in waiting if row.organisation_id == organisation.id),
    )
