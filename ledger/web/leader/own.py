"""What a leader sees: what is collected, the fees, the net, what is on its way, by day and one by one."""

from __future__ import annotations

from flask import Response
from sqlalchemy.orm import Session

from ledger.contributions import queries as contributions
from ledger.errors import NotFound
from ledger.projects import queries as projects
from ledger.projects.queries import ProjectRow
from ledger.statements import contributions_csv
from ledger.web.cards import cards_of
from ledger.web.context import Context
from ledger.web.files import download


def home(context: Context) -> Response:
    """List the leader's projects."""
    with context.means.database.reading() as session:
        rows = projects.led_by(session, context.visitor.id)
        cards = cards_of(rows, contributions.totals(session, [row.id for row in rows]), context.now)
    return context.render("leader/home.html", cards=cards)


def project(context: Context, slug: str) -> Response:
    """Show one project's money."""
    with context.means.database.reading() as session:
        row = _led(session, context, slug)
        totals = contributions.totals(session, [row.id])[row.id]
        days = contributions.by_day(session, row.id, row.goal.currency)
        listed = contributions.for_leader(session, row.id)
    return context.render(
        "leader/project.html",
        project=row,
        totals=totals,
        days_left=row.days_left(context.now),
        days=days,
        contributions=listed,
    )


def csv(context: Context, slug: str) -> Response:
    """Answer the list of contributions as a file for a spreadsheet."""
    with context.means.database.reading() as session:
        row = _led(session, context, slug)
        listed = contributions.for_leader(session, row.id)
    content = contributions_csv.encode(listed, context.locale, currency=row.goal.currency)
    return download(content, media_type="text/csv; charset=utf-8", name=f"{slug}.csv")


def _led(session: Session, context: Context, slug: str) -> ProjectRow:
    """Give a project that the visitor leads; for others it does not exist here."""
    for row in projects.led_by(session, context.visitor.id):
        if row.slug == slug:
            return row
    raise NotFound("project_unknown")
