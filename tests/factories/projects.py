"""Projects that can be given to, for tests."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from ledger.money import Money
from ledger.organisations.models import Organisation
from ledger.people.models import Person
from ledger.projects import projects
from ledger.projects.models import BudgetLine, Project, ProjectState, Theme
from tests.factories import people


def make_project(
    session: Session,
    organisation: Organisation,
    slug: str = "lavoir",
    *,
    title: str = "Restaurer le lavoir",
    goal: int = 5_000,
    closes_at: datetime = datetime(2026, 4, 1, 22, 0, tzinfo=UTC),
    state: ProjectState = ProjectState.OPEN,
    theme: Theme = Theme.HERITAGE,
    district: str = "Saint-Cyprien",
    leader: Person | None = None,
) -> Project:
    """A project whose goal is a number of euros, divided between two lines of its budget."""
    project = Project(
        organisation_id=organisation.id,
        slug=slug,
        source_reference=None,
        title=title,
        summary="Le toit et les bancs de pierre.",
        story="Il a deux cents ans.\n\nIl prend l’eau.",
        theme=theme,
        district=district,
        leader_name="Noé Lacaze",
        goal=Money(goal * 100),
        state=state,
        opens_at=people.LONG_AGO,
        closes_at=closes_at,
        closed_at=None,
        created_at=people.LONG_AGO,
    )
    session.add(project)
    session.flush()
    for position, (label, share) in enumerate((("Charpente", 60), ("Pierre", 40)), start=1):
        line = BudgetLine(project_id=project.id, position=position, label=label, amount_minor=goal * share)
        session.add(line)
    if leader is not None:
        projects.add_leader(session, project, leader.id, now=people.LONG_AGO)
    return project
