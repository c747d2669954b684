"""A small world to live a journey in: a town with its people, the whole application, the sandbox, one clock for all."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from ledger import config, jobs, wiring
from ledger.adapters.memory import MemoryPdf
from ledger.adapters.outbox_mailer import OutboxMailer
from ledger.adapters.stripe_gateway import StripeGateway
from ledger.app import create_app
from ledger.books import verify
from ledger.books.models import Account, Posting
from ledger.contributions.models import Contribution, Pledge, UnallocatedPayment
from ledger.db import Database
from ledger.organisations.models import Role
from ledger.payments.models import BalanceTransaction, Charge
from ledger.ports import CheckoutFacts, CheckoutRequest, OpenedCheckout, PaymentGateway, StoredMail
from ledger.receipts.models import Attestation
from ledger.reconciliation import checks as payments
from ledger.statements import checks
from ledger.templating import Templates
from ledger.web.context import address
from ledger.workflows.means import Means
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person
from tests.factories.projects import make_project
from tests.jobs_bench import Clock
from tests.journeys.browsers import Browser
from tests.sandbox_server import NOON, SandboxServer

CLEARING: Final = "511510"
"""The account that holds what Stripe holds for us."""

START: Final = datetime.fromtimestamp(NOON, UTC)
WHILE: Final = timedelta(seconds=30)
"""Long enough for a balance transaction to come and for a checkout to be read again."""

templates = cache(Templates)


def make_town(session: Session) -> None:
    """Two associations, each with one project and its people, all known by their addresses.

    `lavoir` is led by Noé; Inès is its treasurer and Aude its auditor. `verger` is led by Zoé, and Théo keeps the
    books of its association.
    """
    first = make_organisation(session, ines=Role.TREASURER, aude=Role.AUDITOR)
    noe = make_person(session, "noe@amis-du-lavoir.example", "Noé Lacaze")
    make_project(session, first, leader=noe)
    other = make_organisation(session, "amis-du-verger", name="Les Amis du Verger", theo=Role.TREASURER)
    zoe = make_person(session, "zoe@amis-du-verger.example", "Zoé Marti")
    make_project(session, other, "verger", title="Un verger partagé", leader=zoe)


def environment_for(directory: Path, sandbox: SandboxServer, *, database_url: str, site_url: str) -> dict[str, str]:
    """The variables that a process of a world reads its settings from."""
    return {
        "ECOT_ENVIRONMENT": "test",
        "ECOT_SITE_URL": site_url,
        "ECOT_DATABASE_URL": database_url,
        "ECOT_STRIPE_API_URL": sandbox.url,
        "ECOT_STRIPE_SECRET_KEY": sandbox.api_key,
        "ECOT_STRIPE_WEBHOOK_SECRETS": sandbox.webhook_secret,
        "ECOT_FILES_DIRECTORY": str(directory),
    }


def means_for(
    settings: config.Settings, database: Database, clock: Callable[[], datetime], *, gateway: PaymentGateway
) -> Means:
    """The means of a process, with its own database, its clock, and documents that cost no time to make."""
    files = settings.files.directory
    return dataclasses.replace(
        wiring.build(settings),
        database=database,
        gateway=gateway,
        mailer=OutboxMailer(files, sender=settings.mail.sender, now=clock),
        pdf=MemoryPdf(),
        templates=templates(),
        now=clock,
    )


class MeddledGateway(StripeGateway):
    """The adapter for Stripe, and what happens while it is asked: just `before` a call is made, or just `after`."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.before: dict[str, Callable[[], object]] = {}
        self.after: dict[str, Callable[[], object]] = {}

    def open_checkout(self, request: CheckoutRequest) -> OpenedCheckout:
        with self._meddled("open_checkout"):
            return super().open_checkout(request)

    def fetch_checkout(self, session_id: str) -> CheckoutFacts:
        with self._meddled("fetch_checkout"):
            return super().fetch_checkout(session_id)

    @contextmanager
    def _meddled(self, name: str) -> Iterator[None]:
        self.before.get(name, bool)()
        yield
        self.after.get(name, bool)()


@dataclass
class World:
    """One town with its site, its worker, its sandbox and its clock. `failures` are the errors that jobs raised."""

    means: Means
    clock: Clock
    sandbox: SandboxServer
    gateway: MeddledGateway
    environment: dict[str, str]
    """What another process of this world is started with."""

    def __post_init__(self) -> None:
        self.failures: list[str] = []
        self.renew()

    def renew(self, **means: Any) -> None:
        """Start site and worker again, with other means if any are given."""
        self.means = dataclasses.replace(self.means, **means)
        self.app: Flask = create_app(self.means)
        self.runner: jobs.Runner = wiring.runner(self.means)
        self.runner.on_error = self._failed

    def _failed(self, name: str, error: Exception) -> None:
        self.failures.append(f"{name}: {error}")

    @property
    def site(self) -> str:
        """The address of the site."""
        return self.means.settings.site.url

    def path(self, endpoint: str, locale: str = "fr", /, **values: Any) -> str:
        """Give the path of a page in a language."""
        with self.app.test_request_context():
            return address(endpoint, locale, **values)

    def browser(self, languages: str = "fr") -> Browser:
        """Give somebody a browser."""
        return Browser(self.app, site=self.site, languages=languages)

    def advance(self, span: timedelta) -> None:
        """Let time pass, here and at the provider."""
        self.clock.advance(span)
        self.sandbox.advance(int(span.total_seconds()))

    def deliver(self) -> list[Any]:
        """Have the provider send the notices that are due, once each; give what became of each."""
        return self.sandbox.deliver()

    def work(self) -> int:
        """Do the jobs that are due."""
        return self.runner.run_pending()

    def settle(self) -> None:
        """Let everything arrive that is on its way: notices, the balance transaction, the mail."""
        for _ in range(2):
            self.deliver()
            self.work()
            self.advance(WHILE)
        self.deliver()
        self.work()

    def mails(self, recipient: str = "") -> list[StoredMail]:
        """Give the mails that left, the first one first."""
        assert self.means.outbox is not None
        mails = reversed(self.means.outbox.newest_first())
        return [mail for mail in mails if recipient in {"", mail.recipient}]

    def link_in(self, mail: StoredMail) -> str:
        """Give the address of ours in a mail's text."""
        (found,) = (line for line in mail.text.splitlines() if line.startswith(f"{self.site}/"))
        return found

    def states(self) -> list[str]:
        """Give the states of all pledges, the first made first."""
        with self.means.database.reading() as session:
            return [str(state) for state in session.scalars(sa.select(Pledge.state).order_by(Pledge.id))]

    def contributions(self) -> int:
        """Count the contributions."""
        return self.count(Contribution)

    def count(self, kind: type[Any]) -> int:
        """Count the rows of a table."""
        with self.means.database.reading() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(kind)) or 0

    def held(self) -> list[tuple[str, int]]:
        """Give the payments in suspense: reason, and amount in cents."""
        with self.means.database.reading() as session:
            rows = session.scalars(sa.select(UnallocatedPayment).order_by(UnallocatedPayment.entry_id))
            return [(row.reason, row.amount_minor) for row in rows]

    def check(self, *, contributions: int, unallocated: int = 0) -> None:
        """Assert that nothing was lost or doubled: book, provider, contributions and mails tell the same."""
        with self.means.database.reading() as session:
            assert verify.verify(session, more=[checks.projects_agree, *payments.CHECKS]) == ()
            assert self._booked(session) == self._charged()
            overview = jobs.overview(session, now=self.clock())
            assert (overview.waiting - self._periodic(), overview.running, overview.dead) == (0, 0, 0), overview
            thanked = self._thanked(session)
        assert (self.contributions(), len(self.held())) == (contributions, unallocated)
        proofs = Counter(mail.key.partition("@")[0] for mail in self.mails() if mail.key.startswith("attestation."))
        assert sorted(proofs.elements()) == thanked
        assert len(thanked) == contributions

    def _periodic(self) -> int:
        """Count the periodic jobs: each waits for its next time once a worker has been here."""
        return len(self.runner.periodic) if self.runner._worker is not None else 0

    def _charged(self) -> tuple[set[str], set[str], int]:
        """Give what the provider took: charges, movements of our balance, and what they add up to."""
        movements = self.sandbox.objects("balance_transaction")
        paid = {charge["id"] for charge in self.sandbox.objects("charge") if charge["paid"]}
        return paid, {each["id"] for each in movements}, sum(each["net"] for each in movements)

    def _booked(self, session: Session) -> tuple[set[str], set[str], int]:
        """Give the same as the book has it: one entry for each movement, all on the clearing account."""
        query = (
            sa.select(sa.func.sum(Posting.amount)).select_from(Posting).join(Account, Account.id == Posting.account_id)
        )
        movements = session.scalars(sa.select(BalanceTransaction)).all()
        assert all(each.entry_id for each in movements)
        return (
            set(session.scalars(sa.select(Charge.id))),
            {each.id for each in movements},
            int(session.scalar(query.where(Account.code == CLEARING)) or 0),
        )

    def _thanked(self, session: Session) -> list[str]:
        """Give the names of the mails that contributions ask for."""
        references = session.scalars(sa.select(Attestation.reference))
        return sorted(f"attestation.{reference}" for reference in references)
