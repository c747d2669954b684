"""The invented town of the demo: Brévaux-sur-Aulne, its association, its projects, its people. Nobody is real."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from ledger.cli import settings as command_settings
from ledger.clock import day_in_paris
from ledger.config import ROOT, Settings
from ledger.money import Money
from ledger.organisations import organisations
from ledger.organisations.models import LegalForm, Organisation, Role
from ledger.people import persons
from ledger.projects import projects
from ledger.projects.models import BudgetLine, Project, ProjectState, Theme

TOWN: Final = ROOT / "config" / "demo" / "town.toml"


def plant(settings: Settings, *, now: datetime, town: Path = TOWN) -> None:
    """Plant the town into a database that has no organisation yet; an organisation that is there is left alone."""
    data = tomllib.loads(town.read_text(encoding="utf-8"))
    with command_settings.opened(settings) as database, database.transaction() as session:
        if organisations.listed(session):
            return
        for given in data["organisation"]:
            _organisation(session, given, now=now)


def _organisation(session: Session, given: dict[str, Any], *, now: datetime) -> None:
    words = {name: given[name] for name in ("slug", "name", "siren", "rna", "address", "postcode", "city", "email")}
    identity = organisations.Identity(legal_form=LegalForm(given["legal_form"]), **words)
    organisation = organisations.found(session, identity, now=now)
    for member in given["member"]:
        person = _person(session, member, now=now)
        if "role" in member:
            organisations.add_member(session, organisation, person, Role(member["role"]), now=now)
    for project in given["project"]:
        _project(session, organisation, project, now=now)


def _person(session: Session, given: dict[str, str], *, now: datetime) -> int:
    names = {"first_name": given["first_name"], "last_name": given["last_name"]}
    return persons.find_or_add(session, given["email"], **names, locale="fr", now=now).id


def _project(session: Session, organisation: Organisation, given: dict[str, Any], *, now: datetime) -> None:
    today = day_in_paris(now)
    first, last = today - timedelta(days=given["opened_days_ago"]), today + timedelta(days=given["days_left"] - 1)
    opens_at, closes_at = projects.opening(first, last)
    project = Project(
        organisation_id=organisation.id,
        slug=given["slug"],
        title=given["title"],
        summary=given["summary"],
        story=given["story"].strip(),
        language="fr",
        theme=Theme(given["theme"]),
        district=given["district"],
        leader_name=given["leader_name"],
        goal=Money(sum(line["euros"] for line in given["budget"]) * 100),
        state=ProjectState.OPEN,
        opens_at=opens_at,
        closes_at=closes_at,
        created_at=now,
    )
    session.add(project)
    session.flush()  # budget and leader name it
    for position, line in enumerate(given["budget"], start=1):
        amount = line["euros"] * 100
        session.add(BudgetLine(project_id=project.id, position=position, label=line["label"], amount_minor=amount))
    leader = persons.find(session, given["leader"])
    if leader is not None:
        projects.add_leader(session, project, leader.id, now=now)
