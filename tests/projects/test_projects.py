"""A project accepts pledges while it is open, from its first instant to its last; closing twice is closing once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from ledger.db import Database
from ledger.errors import NotFound
from ledger.projects import projects
from ledger.projects.models import Leadership, Project, ProjectState
from ledger.projects.projects import ProjectNotOpen
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person
from tests.factories.projects import make_project

INSTANT = timedelta(microseconds=1)
OPENS, CLOSES = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)


def project(state: ProjectState = ProjectState.OPEN) -> Project:
    return Project(slug="lavoir", state=state, opens_at=OPENS, closes_at=CLOSES, closed_at=None)


@pytest.mark.parametrize(
    ("now", "accepted"),
    [(OPENS - INSTANT, False), (OPENS, True), (CLOSES - INSTANT, True), (CLOSES, False)],
)
def test_pledges_are_accepted_from_the_opening_until_the_closing(now: datetime, *, accepted: bool) -> None:
    assert projects.accepts(project(), now) is accepted
    if accepted:
        projects.check_open(project(), now)
    else:
        with pytest.raises(ProjectNotOpen) as refused:
            projects.check_open(project(), now)
        assert refused.value.values == {"slug": "lavoir"}


@pytest.mark.parametrize("state", [ProjectState.DRAFT, ProjectState.CLOSED])
def test_a_draft_and_a_closed_project_accept_none_whatever_the_day(state: ProjectState) -> None:
    assert not projects.accepts(project(state), OPENS)


def test_closing_twice_is_closing_once() -> None:
    closing = project()
    projects.close(closing, now=OPENS)
    projects.close(closing, now=CLOSES)
    assert (closing.state, closing.closed_at) == (ProjectState.CLOSED, OPENS)


@pytest.mark.parametrize(
    ("first", "last", "opens_at", "hours"),
    [
        (date(2026, 3, 3), date(2026, 3, 3), datetime(2026, 3, 2, 23, 0, tzinfo=UTC), 24),
        (date(2026, 3, 29), date(2026, 3, 29), datetime(2026, 3, 28, 23, 0, tzinfo=UTC), 23),
        (date(2026, 10, 25), date(2026, 10, 25), datetime(2026, 10, 24, 22, 0, tzinfo=UTC), 25),
    ],
)
def test_the_days_of_a_project_are_whole_days_in_paris(first: date, last: date, opens_at: datetime, hours: int) -> None:
    opens, closes = projects.opening(first, last)
    assert opens == opens_at
    assert closes.astimezone(UTC) - opens.astimezone(UTC) == timedelta(hours=hours) - timedelta(seconds=1)


def test_a_project_is_found_by_its_address(database: Database) -> None:
    with database.transaction() as session:
        made = make_project(session, make_organisation(session))
        assert projects.get(session, "lavoir") is made
        assert made.reference == f"PRJ{made.id:06d}"
        with pytest.raises(NotFound, match="project_unknown"):
            projects.get(session, "nothing")


def test_a_person_who_leads_twice_leads_once(database: Database, frozen_now: datetime) -> None:
    with database.transaction() as session:
        made = make_project(session, make_organisation(session))
        person = make_person(session, "noe@example.org")
        for _ in range(2):
            projects.add_leader(session, made, person.id, now=frozen_now)
            session.flush()
        assert session.scalar(sa.select(sa.func.count()).select_from(Leadership)) == 1
