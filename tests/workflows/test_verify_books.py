"""Every night, every book proves itself, once; who keeps a book that does not is written to, once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
import sqlalchemy as sa

from ledger import config, wiring
from ledger.adapters.memory import MemoryFileStore, MemoryGateway, MemoryMailer, MemoryPdf
from ledger.books import balances, seals, verifications
from ledger.books.models import Verification
from ledger.books.problems import Problem
from ledger.books.verifications import VerificationRow
from ledger.db import Database
from ledger.organisations.models import Role
from ledger.people.models import Person
from ledger.ports import Mail
from ledger.templating import Templates
from ledger.workflows import verify_books
from ledger.workflows.means import Means
from tests.factories.books import make_entry, make_transfer
from tests.factories.organisations import make_organisation
from tests.jobs_bench import Clock

AFTERNOON: Final = datetime(2026, 3, 3, 13, 5, tzinfo=UTC)
NIGHT: Final = datetime(2026, 3, 4, 2, 30, tzinfo=UTC)
"""Half past three in Paris."""


@dataclass
class Town:
    """Two associations with a book each; the first one's is kept by Inès, who reads English, and by Ali."""

    means: Means
    mailer: MemoryMailer
    clock: Clock
    book_id: int
    other: int

    def spoil(self) -> None:
        """Let the first book say what its lines do not."""
        with self.means.database.transaction() as session:
            balances.fold(session)
            session.execute(sa.text("UPDATE balance_now SET debits = debits + 1 WHERE debits > 0"))

    def kept(self) -> list[Verification]:
        with self.means.database.reading() as session:
            return list(session.scalars(sa.select(Verification).order_by(Verification.id)))

    def newest(self) -> VerificationRow:
        with self.means.database.reading() as session:
            return verifications.newest(session, [self.book_id])[self.book_id]

    def pass_a_night(self) -> list[Mail]:
        """Let a worker do what is due, at the hour of the checks and soon after."""
        runner = wiring.runner(self.means)
        runner.run_pending()
        self.clock.instant = NIGHT
        runner.run_pending()
        self.clock.advance(timedelta(minutes=1))
        runner.run_pending()
        return self.mailer.sent


@pytest.fixture
def town(database: Database) -> Town:
    clock, mailer = Clock(AFTERNOON), MemoryMailer()
    with database.transaction() as session:
        first = make_organisation(session, ines=Role.TREASURER, ali=Role.ADMIN, aude=Role.AUDITOR)
        other = make_organisation(session, "amis-du-verger", name="Les Amis du Verger", theo=Role.TREASURER)
        session.execute(sa.update(Person).where(Person.email == "ines@amis-du-lavoir.example").values(locale="en"))
        for _ in range(3):
            make_entry(session, first.book_id, make_transfer(50, debited="512100", credited="754110"))
        books = first.book_id, other.book_id
    with database.transaction() as session:
        seals.seal(session, now=AFTERNOON, batch=2)
    means = Means(
        settings=config.load({"ECOT_ENVIRONMENT": "test", "ECOT_STRIPE_API_URL": "http://127.0.0.1:1"}),
        database=database,
        gateway=MemoryGateway(now=AFTERNOON),
        mailer=mailer,
        outbox=None,
        pdf=MemoryPdf(),
        files=MemoryFileStore(),
        templates=Templates(),
        now=clock,
    )
    return Town(means, mailer, clock, *books)


def test_every_book_is_checked_in_the_night_and_nobody_is_bothered(town: Town) -> None:
    assert town.pass_a_night() == []
    row = town.newest()
    assert (row.entries, row.seals, row.found, row.problems) == (3, 2, 0, ())
    assert (row.started_at, row.finished_at) == (NIGHT, NIGHT)
    assert [each.book_id for each in town.kept()] == [town.book_id, town.other]


def test_whoever_keeps_a_book_with_a_problem_is_written_to_in_their_language(town: Town) -> None:
    town.spoil()
    french, english = sorted(town.pass_a_night(), key=lambda mail: mail.recipient)

    assert town.newest().found == 1
    assert (french.recipient, english.recipient) == ("ali@amis-du-lavoir.example", "ines@amis-du-lavoir.example")
    assert french.subject == "Le livre de l’organisation Les Amis du Lavoir demande votre attention"
    assert english.subject == "The book of Les Amis du Lavoir needs your attention"
    for mail, url in ((french, "/fr/tresorerie"), (english, "/en/treasury")):
        assert town.means.settings.site.url + url in mail.text
        assert town.means.settings.site.url + url in mail.html
    assert "- Account 512100: the balance kept is not the sum of the lines" in english.text
    assert "<li>Account 512100: the balance kept is not the sum of the lines" in english.html


def test_a_night_has_one_check_and_one_mail_however_often_the_job_runs(town: Town) -> None:
    town.spoil()
    sent = len(town.pass_a_night())
    assert [verify_books.run(town.means) for _again in range(2)] == [0, 0]
    town.clock.advance(timedelta(days=1))
    assert verify_books.run(town.means) == 2
    assert len(town.mailer.sent) == sent == 2


def test_a_check_that_stopped_half_way_goes_on_with_the_books_that_are_left(town: Town) -> None:
    town.clock.instant = NIGHT
    with town.means.database.transaction() as session:
        extent = verifications.extent(session, town.book_id)
        verifications.note(session, town.book_id, [], extent=extent, started_at=NIGHT, finished_at=NIGHT)
    assert verify_books.run(town.means) == 1
    assert [each.book_id for each in town.kept()] == [town.book_id, town.other]


def test_a_mail_that_cannot_leave_is_tried_again_and_leaves_once(town: Town) -> None:
    town.spoil()
    town.mailer.down = True
    assert town.pass_a_night() == []
    town.mailer.down = False
    runner = wiring.runner(town.means)
    town.clock.advance(timedelta(hours=1))
    runner.run_pending()
    assert len(town.mailer.sent) == 2
    assert len(town.kept()) == 2


def test_the_first_problems_are_kept_and_all_are_counted(town: Town) -> None:
    many = [Problem("unbalanced", "entry", number, "1 EUR") for number in range(1, 70)]
    with town.means.database.transaction() as session:
        extent = verifications.extent(session, town.book_id)
        row = verifications.note(session, town.book_id, many, extent=extent, started_at=NIGHT, finished_at=NIGHT)
    assert town.newest() == row
    assert (row.found, row.problems) == (69, tuple(many[:50]))
    with town.means.database.reading() as session:
        assert verifications.get(session, row.id) == row
        assert verifications.newest(session, []) == {}


def test_a_mail_lists_the_first_problems_and_says_so(town: Town) -> None:
    many = [Problem("unbalanced", "entry", number) for number in range(1, 70)]
    with town.means.database.transaction() as session:
        extent = verifications.extent(session, town.book_id)
        row = verifications.note(session, town.book_id, many, extent=extent, started_at=NIGHT, finished_at=NIGHT)
        person = session.scalars(sa.select(Person).where(Person.email.startswith("ines"))).one()
    url = {"fr": "https://x/fr", "en": "https://x/en"}
    verify_books.tell(replace(town.means, now=town.clock), verification_id=row.id, person_id=person.id, books_url=url)
    (mail,) = town.mailer.sent
    assert "69 things" in mail.text
    assert mail.text.count("debits and credits differ") == mail.html.count("debits and credits differ") == 10
    assert "These are the first 10." in mail.text
