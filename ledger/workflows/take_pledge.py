"""A donor promises to give: the form becomes a pledge, once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ledger import jobs
from ledger.contributions import pledges
from ledger.contributions.models import Pledge
from ledger.people import persons
from ledger.projects import projects


def take(session: Session, request: pledges.PledgeRequest, *, now: datetime) -> Pledge:
    """Make the pledge that a form asks for.

    The same form sent again (a double click, the back button) gives the same pledge; the same form filled in anew
    replaces what it asked for before, as long as that was not paid, and lets its checkout go.

    Raises:
        NotFound: no project has this address.
        ProjectNotOpen: the project accepts no pledge now.
    """
    before = pledges.made_before(session, request)
    if before is not None:
        return before
    project = projects.get(session, request.project_slug)
    projects.check_open(project, now)
    person = persons.find_or_add(
        session,
        request.email,
        first_name=request.first_name,
        last_name=request.last_name,
        locale=request.locale,
        now=now,
    )
    for checkout_id in pledges.replace_others(session, request, now=now):
        jobs.enqueue(session, "release_checkout", now=now, checkout_id=checkout_id)
    return pledges.add(session, request, project_id=project.id, person_id=person.id, now=now)
