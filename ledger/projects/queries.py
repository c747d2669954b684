"""What pages, statements and commands read of projects: frozen rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.clock import day_in_paris
from ledger.money import Money
from ledger.organisations.models import LegalForm, Organisation
from ledger.projects.models import BudgetLine, Leadership, Project, ProjectState, Theme
from ledger.projects.search import folded


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A project as lists show it."""

    id: int
    reference: str
    slug: str
    title: str
    summary: str
    language: str
    theme: Theme
    district: str
    leader_name: str
    goal: Money
    state: ProjectState
    opens_at: datetime
    closes_at: datetime
    organisation_id: int
    organisation_slug: str
    organisation_name: str

    def accepts(self, now: datetime) -> bool:
        """Whether a pledge can be made at this instant."""
        return self.state is ProjectState.OPEN and self.opens_at <= now < self.closes_at

    def days_left(self, now: datetime) -> int:
        """Days on which one can still give, today and the last one included; none when it does not accept now."""
        if not self.accepts(now):
            return 0
        last = day_in_paris(self.closes_at - timedelta.resolution)
        return (last - day_in_paris(now)).days + 1


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One line of a project's budget."""

    label: str
    amount: Money


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """Who stands behind a project: the legal identity that its page shows."""

    id: int
    slug: str
    name: str
    legal_form: LegalForm
    siren: str
    rna: str
    address: str
    postcode: str
    city: str
    email: str
    book_id: int


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """A project with its story, its budget and who stands behind it."""

    project: ProjectRow
    story: str
    budget: tuple[BudgetRow, ...]
    organisation: OrganisationRow


_LISTED = sa.select(Project, Organisation).join(Organisation, Organisation.id == Project.organisation_id)


def _row(project: Project, organisation: Organisation) -> ProjectRow:
    return ProjectRow(
        id=project.id,
        reference=project.reference,
        slug=project.slug,
        title=project.title,
        summary=project.summary,
        language=project.language,
        theme=project.theme,
        district=project.district,
        leader_name=project.leader_name,
        goal=project.goal,
        state=project.state,
        opens_at=project.opens_at,
        closes_at=project.closes_at,
        organisation_id=organisation.id,
        organisation_slug=organisation.slug,
        organisation_name=organisation.name,
    )


def find_open(
    session: Session, now: datetime, *, words: str = "", theme: Theme | None = None, district: str = ""
) -> tuple[ProjectRow, ...]:
    """List the projects that accept pledges, closing soonest first; all words must occur, whatever their accents."""
    query = _LISTED.where(*_open(now))
    for word in folded(words).split()[:8]:
        query = query.where(Project.searched.contains(word, autoescape=True))
    if theme is not None:
        query = query.where(Project.theme == theme)
    if district:
        query = query.where(Project.district == district)
    rows = session.execute(query.order_by(Project.closes_at, Project.title, Project.id)).all()
    return tuple(_row(project, organisation) for project, organisation in rows)


def districts_of_open(session: Session, now: datetime) -> tuple[str, ...]:
    """List the districts that have an open project, in alphabetical order."""
    found = session.scalars(sa.select(Project.district).distinct().where(*_open(now)))
    return tuple(sorted((name for name in found if name), key=folded))


def themes_of_open(session: Session, now: datetime) -> tuple[Theme, ...]:
    """List the themes that have an open project, in the order of the enumeration."""
    found = set(session.scalars(sa.select(Project.theme).distinct().where(*_open(now))))
    return tuple(theme for theme in Theme if theme in found)


def _open(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Say in SQL what `ProjectRow.accepts` says of a row."""
    return Project.state == ProjectState.OPEN, Project.opens_at <= now, Project.closes_at > now


def page(session: Session, slug: str, *, drafts: bool = False) -> ProjectPage | None:
    """Read everything that a project's own page shows; a draft has none but for those who work on it."""
    found = session.execute(_LISTED.where(Project.slug == slug)).one_or_none()
    if found is None or (found[0].state is ProjectState.DRAFT and not drafts):
        return None
    project, organisation = found
    lines = session.scalars(
        sa.select(BudgetLine).where(BudgetLine.project_id == project.id).order_by(BudgetLine.position)
    )
    return ProjectPage(
        project=_row(project, organisation),
        story=project.story,
        budget=tuple(BudgetRow(line.label, Money(line.amount_minor, project.currency)) for line in lines),
        organisation=_organisation(organisation),
    )


def _organisation(organisation: Organisation) -> OrganisationRow:
    return OrganisationRow(
        id=organisation.id,
        slug=organisation.slug,
        name=organisation.name,
        legal_form=organisation.legal_form,
        siren=organisation.siren,
        rna=organisation.rna,
        address=organisation.address,
        postcode=organisation.postcode,
        city=organisation.city,
        email=organisation.email,
        book_id=organisation.book_id,
    )


def led_by(session: Session, person_id: int) -> tuple[ProjectRow, ...]:
    """List the projects that a person may act for, newest first."""
    query = _LISTED.join(Leadership, Leadership.project_id == Project.id).where(Leadership.person_id == person_id)
    rows = session.execute(query.order_by(Project.created_at.desc(), Project.id.desc())).all()
    return tuple(_row(project, organisation) for project, organisation in rows)


def of_organisations(session: Session, organisation_ids: Iterable[int]) -> tuple[ProjectRow, ...]:
    """List all projects of some organisations, by organisation and title."""
    query = _LISTED.where(Project.organisation_id.in_(list(organisation_ids)))
    rows = session.execute(query.order_by(Organisation.name, Project.title, Project.id)).all()
    return tuple(_row(project, organisation) for project, organisation in rows)


def organisations(session: Session, ids: Iterable[int] | None = None) -> tuple[OrganisationRow, ...]:
    """List organisations by their ids, or all of them, in the order of their names."""
    query = sa.select(Organisation).order_by(Organisation.name, Organisation.id)
    if ids is not None:
        query = query.where(Organisation.id.in_(list(ids)))
    return tuple(_organisation(organisation) for organisation in session.scalars(query))


def organisation(session: Session, slug: str) -> OrganisationRow | None:
    """Read an organisation by its short name."""
    found = session.scalars(sa.select(Organisation).where(Organisation.slug == slug)).one_or_none()
    return _organisation(found) if found else None


def organisation_of_book(session: Session, book_id: int) -> OrganisationRow | None:
    """Read the organisation whose book this is."""
    found = session.scalars(sa.select(Organisation).where(Organisation.book_id == book_id)).one_or_none()
    return _organisation(found) if found else None
