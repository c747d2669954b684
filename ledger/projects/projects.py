"""Projects: found, opened to pledges, closed."""

from __future__ import annotations

from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.clock import PARIS
from ledger.errors import NotFound, Refused
from ledger.projects.models import Leadership, Project, ProjectState


class ProjectNotOpen(Refused):
    """A pledge was asked of a project that does not accept any now."""

    code = "project_not_open"


def get(session: Session, slug: str) -> Project:
    """Give the project with this address.

    Raises:
        NotFound: there is none.
    """
    project = session.scalars(sa.select(Project).where(Project.slug == slug)).one_or_none()
    if project is None:
        raise NotFound("project_unknown", slug=slug)
    return project


def opening(opens_on: date, closes_on: date) -> tuple[datetime, datetime]:
    """Give the instants from which and until which a project is open that is so on these days, both whole, in Paris."""
    return datetime.combine(opens_on, time.min, PARIS), datetime.combine(closes_on, time(23, 59, 59), PARIS)


def accepts(project: Project, now: datetime) -> bool:
    """Whether a pledge can be made to a project at this instant."""
    return project.state is ProjectState.OPEN and project.opens_at <= now < project.closes_at


def check_open(project: Project, now: datetime) -> None:
    """Refuse unless a pledge can be made at this instant.

    Raises:
        ProjectNotOpen: it cannot.
    """
    if not accepts(project, now):
        raise ProjectNotOpen(slug=project.slug)


def close(project: Project, *, now: datetime) -> None:
    """Close a project to new pledges; payments under way are still received. Closing twice is closing once."""
    if project.state is not ProjectState.CLOSED:
        project.state = ProjectState.CLOSED
        project.closed_at = now


def add_leader(session: Session, project: Project, person_id: int, *, now: datetime) -> None:
    """Let a person act for a project; twice is once."""
    if session.get(Leadership, (project.id, person_id)) is None:
        session.add(Leadership(project_id=project.id, person_id=person_id, created_at=now))
