"""A whole site for the tests that look at pages: the demo's own processes on free ports, its data in a directory.

Pages are looked at as a visitor does; the sandbox's clock and faults are moved by its control API; the command line
speaks to the same database. The rates that protect a site from one address are off: here one address is everybody.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ledger import clock, config, wiring
from ledger.adapters.outbox_mailer import DirectoryOutbox
from ledger.cli import database, demo, people, populate, seed
from ledger.config import Settings
from ledger.contributions.models import NameShown, Pledge
from ledger.contributions.pledges import PledgeRequest
from ledger.db import Database
from ledger.money import Money
from ledger.people.models import Person
from ledger.ports import StoredMail
from ledger.workflows import open_checkout, take_pledge
from tests.sandbox_server import two_free_ports


@dataclass(frozen=True, slots=True)
class Site:
    """Where a site answers, where its sandbox does, and with which settings its processes run."""

    url: str
    sandbox: str
    environment: dict[str, str]

    @property
    def settings(self) -> Settings:
        """The settings of its processes."""
        return config.load(self.environment)

    def ecot(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `ecot` against its database."""
        command = [sys.executable, "-m", "ledger", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)

    def control(self, command: str, **given: Any) -> Any:
        """Give the sandbox a command of its control API."""
        body, headers = json.dumps(given).encode(), {"Content-Type": "application/json"}
        asked = urllib.request.Request(f"{self.sandbox}/_ctl/{command}", data=body, headers=headers)  # noqa: S310
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def sessions(self, reference: str) -> list[dict[str, Any]]:
        """Give the sandbox's checkout sessions of a pledge, oldest first."""
        return [each for each in self._objects("checkout.session") if each["success_url"].endswith(f"/{reference}")]

    def sessions_of(self, email: str) -> list[dict[str, Any]]:
        """Give the sandbox's checkout sessions of a donor, oldest first."""
        return [each for each in self._objects("checkout.session") if each["customer_email"] == email]

    def _objects(self, kind: str) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.sandbox}/_ctl/state", timeout=30) as answer:  # noqa: S310
            return list(json.load(answer)["objects"].get(kind, []))

    def pledges_of(self, email: str) -> list[str]:
        """Give the references of what a donor promised."""
        database = Database(self.settings.database.url)
        query = sa.select(Pledge.reference).join(Person, Person.id == Pledge.person_id).where(Person.email == email)
        try:
            with database.reading() as session:
                return list(session.scalars(query))
        finally:
            database.dispose()

    @contextmanager
    def clock_stopped(self) -> Iterator[None]:
        """Let no time pass at the sandbox: what it would do later, it does after this."""
        self.control("clock", frozen=True)
        try:
            yield
        finally:
            self.control("clock", set=int(clock.now().timestamp()), frozen=False)

    def mails_to(self, recipient: str) -> list[StoredMail]:
        """Give the mails to an address, the newest first."""
        outbox = DirectoryOutbox(self.settings.files.directory)
        return [mail for mail in outbox.newest_first() if mail.recipient == recipient]

    def sign_in_link(self, role: str) -> str:
        """Give a link that signs the town's donor, leader or treasurer in."""
        return people.sign_in_links(self.settings, now=clock.now())[role]

    def pledge(self, project: str, *, locale: str, form: str, euros: int = 30, checkout: bool = True) -> str:
        """Promise a gift as the form does, without a browser, and give its reference."""
        request = PledgeRequest(
            form=form,
            project_slug=project,
            amount=Money(euros * 100),
            tip=Money(0),
            first_name="Ada",
            last_name="Lemoine",
            email=f"{form}@ici.example",
            name_shown=NameShown.FULL,
            amount_shown=True,
            locale=locale,
        )
        means, now = wiring.build(self.settings), clock.now()
        try:
            with means.database.transaction() as session:
                reference = take_pledge.take(session, request, now=now).reference
            if checkout:
                open_checkout.run(
                    means.database, means.gateway, reference=reference, status_url=self.status_url, now=now
                )
        finally:
            means.database.dispose()
        return reference

    def status_url(self, reference: str, locale: str) -> str:
        """Give the address that a donor returns to."""
        return f"{self.url}/{locale}/contributions/{reference}"


@contextmanager
def running(home: Path) -> Iterator[Site]:
    """Run a site with the invented town until the block ends."""
    port = two_free_ports()
    home.mkdir(parents=True)
    environment = demo.environment_for(port, home, os.environ) | {"ECOT_ENVIRONMENT": "test"}
    settings = config.load(environment)
    database.upgrade(settings)
    seed.plant(settings, now=clock.now())
    with demo.started(demo.processes(port, home), environment) as processes:
        demo.wait_until_ready(processes)
        populate.give(settings, now=clock.now())
        yield Site(url=settings.site.url, sandbox=settings.stripe.api_url, environment=environment)
