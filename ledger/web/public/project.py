"""A project's page: its story, its budget, what it has, who stands behind it, who gave."""

from __future__ import annotations

from flask import Response

from ledger.contributions import queries as contributions
from ledger.errors import NotFound
from ledger.projects import queries as projects
from ledger.web.context import Context


def show(context: Context, slug: str) -> Response:
    """Show a project."""
    with context.means.database.reading() as session:
        view = projects.page(session, slug)
        if view is None:
            raise NotFound("project_unknown")
        totals = contributions.totals(session, [view.project.id])[view.project.id]
        contributors = contributions.public_of_project(session, view.project.id)
    return context.render(
        "public/project.html",
        view=view,
        totals=totals,
        days_left=view.project.days_left(context.now),
        accepts=view.project.accepts(context.now),
        contributors=contributors,
    )
