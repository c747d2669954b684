"""Every night, every book proves itself; what was found is kept, and the book's treasurers are written to.

Each book is read in a snapshot of its own, and with no transaction open to write. Killed anywhere and run again, a
book that was checked this night is not checked twice, and nobody is written to twice about one check.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger import clock, jobs
from ledger.books import book, verifications, verify, vouchers
from ledger.books.problems import Check
from ledger.organisations.models import Membership, Organisation, Role
from ledger.people.models import Person
from ledger.ports import FileStore
from ledger.projects import queries as projects
from ledger.reconciliation import checks as payments
from ledger.statements.checks import projects_agree
from ledger.workflows import mails
from ledger.workflows.means import Means

NIGHT: Final = time(3, 30)
"""When the books are checked, in Paris."""

CHECKS: Final[tuple[Check, ...]] = (book.agrees_with_chart, projects_agree, *payments.CHECKS)
"""What is asked of a book beside what the book asks of itself; see `checks`."""

WRITTEN_TO: Final = (Role.ADMIN, Role.TREASURER)

SHOWN: Final = 10
"""Problems that a mail lists."""


def checks(files: FileStore) -> tuple[Check, ...]:
    """Give `CHECKS`, and that the documents which entries name are kept as they were sealed."""
    return (*CHECKS, vouchers.check(files))


def run(means: Means) -> int:
    """Check the books that were not checked this night; give how many were."""
    with means.database.reading() as session:
        ids = verifications.books(session)
        done = verifications.newest(session, ids)
    night = _night(means.now())
    left = [book_id for book_id in ids if book_id not in done or _night(done[book_id].started_at) != night]
    for book_id in left:
        _check(means, book_id)
    return len(left)


def _check(means: Means, book_id: int) -> None:
    started_at = means.now()
    with means.database.reading() as session:
        problems = verify.verify(session, book_id, more=checks(means.files))
        extent = verifications.extent(session, book_id)
    with means.database.transaction() as session:
        now = means.now()
        row = verifications.note(session, book_id, problems, extent=extent, started_at=started_at, finished_at=now)
        for person_id in _treasurers(session, book_id) if row.found else ():
            jobs.enqueue(
                session,
                "mail_verification",
                now=now,
                key=f"verification:{row.id}:{person_id}",
                verification_id=row.id,
                person_id=person_id,
            )


def tell(means: Means, *, verification_id: int, person_id: int, books_url: dict[str, str]) -> None:
    """Mail a treasurer what a check found; `books_url` is the address of the accounts in each language.

    Raises:
        Unavailable: the mail was not accepted; run again.
    """
    with means.database.reading() as session:
        row = verifications.get(session, verification_id)
        person = session.get_one(Person, person_id)
        organisation = projects.organisation_of_book(session, row.book_id)
    means.mailer.send(
        mails.write(
            means.templates,
            "verification",
            person.locale,
            message_id=f"verification.{row.id}.{person.id}",
            recipient=person.email,
            recipient_name="",
            verification=row,
            shown=row.problems[:SHOWN],
            organisation=organisation,
            url=books_url[person.locale],
            site=means.settings.site,
        )
    )


def _night(instant: datetime) -> str:
    """Name the night that an instant belongs to: from one time of the checks to the next."""
    return clock.next_in_paris(NIGHT, instant).isoformat()


def _treasurers(session: Session, book_id: int) -> tuple[int, ...]:
    query = (
        sa.select(Membership.person_id)
        .distinct()
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Organisation.book_id == book_id, Membership.role.in_(WRITTEN_TO))
        .order_by(Membership.person_id)
    )
    return tuple(session.scalars(query))
