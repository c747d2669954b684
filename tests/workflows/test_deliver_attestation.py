from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger import config
from ledger.adapters.memory import MemoryFileStore, MemoryGateway, MemoryMailer, MemoryPdf
from ledger.contributions.models import NameShown
from ledger.db import Database
from ledger.errors import Invalid, NotFound, Unavailable
from ledger.money import Money
from ledger.people import links
from ledger.people.models import DonorLink
from ledger.ports import Mail
from ledger.receipts import queries
from ledger.templating import Templates
from ledger.workflows import deliver_attestation, mails
from ledger.workflows.means import Means
from tests.factories.gifts import NOTHING, make_funded, make_gift

NOW = datetime(2026, 3, 3, 13, 5, tzinfo=UTC)


@dataclass
class World:
    """Fakes of everything outside, and a switch that kills the process at one of its steps."""

    database: Database
    fuse: int = 0
    burnt: bool = False
    in_transaction: bool = False
    mailed: list[Mail] = field(default_factory=list)
    gifts: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.mailer = Mailer(self)
        self.pdf = Pdf(self)
        self.files = Files(self)
        self.means = Means(
            settings=config.load({"ECOT_ENVIRONMENT": "test"}),
            database=Transactions(self),
            gateway=MemoryGateway(now=NOW),
            mailer=self.mailer,
            outbox=None,
            pdf=self.pdf,
            files=self.files,
            templates=Templates(),
            now=lambda: NOW,
        )

    def step(self) -> None:
        """Die here if this is the step to die at."""
        self.fuse -= 1
        if self.fuse == 0:
            self.burnt = True
            raise Killed

    def outside(self) -> None:
        """Be called over the network or for long: no transaction may be open."""
        assert not self.in_transaction
        self.step()

    def deliver(self, contribution_id: int) -> None:
        deliver_attestation.run(
            self.means, contribution_id=contribution_id, donor_url=lambda secret, locale: f"https://x/{locale}/{secret}"
        )


class Killed(BaseException):
    """The process is gone."""


class Transactions(Database):
    def __init__(self, world: World) -> None:
        super().__init__(world.database.url.render_as_string(hide_password=False))
        self.engine, self.world = world.database.engine, world

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        self.world.step()
        with super().transaction() as session:
            self.world.in_transaction = True
            try:
                yield session
                self.world.step()
            finally:
                self.world.in_transaction = False
        self.world.step()


class Mailer(MemoryMailer):
    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def send(self, mail: Mail) -> None:
        self.world.outside()
        super().send(mail)
        self.world.mailed.append(mail)
        self.world.step()


class Pdf(MemoryPdf):
    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def render(self, html: str, *, title: str, locale: str) -> bytes:
        self.world.outside()
        return super().render(html, title=title, locale=locale)


class Files(MemoryFileStore):
    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def put(self, key: str, content: bytes) -> None:
        self.world.outside()
        super().put(key, content)
        self.world.step()


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def gift(world: World, *, locale: str = "fr", tip: Money = NOTHING, shown: NameShown = NameShown.FULL) -> int:
    with world.database.transaction() as session:
        funded = make_funded(session, f"verger{next(world.gifts)}")
        paid_at = NOW - timedelta(hours=1)
        return make_gift(session, funded, Money(5000), tip=tip, paid_at=paid_at, locale=locale, name_shown=shown).id


def row_of(world: World, contribution_id: int) -> queries.AttestationRow:
    with world.database.reading() as session:
        row = queries.of_contribution(session, contribution_id)
    assert row is not None
    return row


def test_a_donor_gets_the_proof_of_payment_by_mail(world: World) -> None:
    contribution_id = gift(world)

    world.deliver(contribution_id)

    row, (mail,) = row_of(world, contribution_id), world.mailer.sent
    assert (row.rendered_at, row.mailed_at) == (NOW, NOW)
    assert mail.recipient == row.facts.donor_email
    assert mail.message_id == f"attestation.{row.reference}"
    (attachment,) = mail.attachments
    assert (attachment.name, attachment.media_type) == (f"attestation-{row.reference}.pdf", "application/pdf")
    assert attachment.content == world.files.get(row.key)


def test_the_link_in_the_mail_opens_the_donors_own_page(world: World) -> None:
    contribution_id = gift(world, locale="en")

    world.deliver(contribution_id)

    (mail,) = world.mailer.sent
    secret = mail.text.partition("https://x/en/")[2].split()[0]
    assert f"https://x/en/{secret}" in mail.html
    with world.database.reading() as session:
        person = links.check_donor_link(session, secret, now=NOW)
        kept = session.scalars(sa.select(DonorLink.token_hash)).all()
    assert person.id == row_of(world, contribution_id).person_id
    assert secret not in kept


def test_delivered_is_delivered_and_nothing_is_sent_again(world: World) -> None:
    contribution_id = gift(world)

    world.deliver(contribution_id)
    world.deliver(contribution_id)

    assert len(world.mailed) == 1


def test_killed_at_any_step_and_run_again_it_is_one_document_and_one_message(world: World) -> None:
    steps = 0
    for fuse in count(1):
        contribution_id = gift(world)
        world.fuse, world.burnt = fuse, False
        try:
            world.deliver(contribution_id)
        except Killed:
            steps += 1
        killed, world.fuse = world.burnt, 0
        world.deliver(contribution_id)

        row = row_of(world, contribution_id)
        assert row.rendered_at is not None
        assert row.mailed_at is not None
        sent = [mail for mail in world.mailed if mail.message_id == f"attestation.{row.reference}"]
        assert {mail.attachments[0].content for mail in sent} == {world.files.get(row.key)}
        if not killed:
            break
    assert steps == 14
    assert len(world.mailer.sent) == steps + 1
    assert len(list(world.files.keys("attestations/"))) == steps + 1


def test_while_no_mail_can_be_sent_the_document_waits(world: World) -> None:
    contribution_id = gift(world)
    world.mailer.down = True

    with pytest.raises(Unavailable):
        world.deliver(contribution_id)

    row = row_of(world, contribution_id)
    assert row.rendered_at == NOW
    assert row.mailed_at is None
    world.mailer.down = False
    world.deliver(contribution_id)
    assert len(world.mailer.sent) == 1


@pytest.mark.parametrize("trouble", ["missing", "full", "disk"])
def test_without_a_document_nothing_is_mailed_and_all_can_be_tried_again(world: World, trouble: str) -> None:
    contribution_id = gift(world)
    broken = world.files if trouble == "disk" else world.pdf
    attribute = "full" if trouble == "disk" else trouble
    setattr(broken, attribute, True)

    with pytest.raises(Unavailable):
        world.deliver(contribution_id)

    assert row_of(world, contribution_id).rendered_at is None
    assert not world.mailer.sent
    setattr(broken, attribute, False)
    world.deliver(contribution_id)
    assert len(world.mailer.sent) == 1


def test_an_address_refused_for_good_is_said_and_the_document_stays_for_the_donors_page(world: World) -> None:
    contribution_id = gift(world)
    world.mailer.down = True
    with pytest.raises(Unavailable):
        world.deliver(contribution_id)
    row = row_of(world, contribution_id)
    world.mailer.refused.add(row.facts.donor_email)

    with pytest.raises(Invalid):
        world.deliver(contribution_id)

    assert row_of(world, contribution_id).mailed_at is None
    assert world.files.get(row.key)


def test_a_contribution_that_does_not_exist_is_not_delivered(world: World) -> None:
    with pytest.raises(NotFound):
        world.deliver(99)


@pytest.mark.parametrize("shown", list(NameShown))
def test_the_donor_is_named_to_themselves_however_they_appear_in_public(world: World, shown: NameShown) -> None:
    world.deliver(gift(world, shown=shown))

    assert "Camille Desbiolles" in world.mailer.sent[0].attachments[0].content.decode()


def test_a_mail_tells_the_gift_the_tip_and_that_it_is_no_tax_receipt(world: World) -> None:
    contribution_id = gift(world, locale="en", tip=Money(200))

    world.deliver(contribution_id)

    (mail,) = world.mailer.sent
    assert mail.subject == "Your gift to “Un verger partagé”: proof of payment"
    for part in (mail.text, mail.html):
        assert "Your gift of €50.00 to the project “Un verger partagé” has arrived." in part
        assert "a tip of €2.00" in part
        assert "You paid €52.00 in all, on 3 March 2026." in part
        assert "It is not a tax receipt." in part
        assert "90 days" in part


def test_a_mail_without_a_tip_does_not_speak_of_one(world: World) -> None:
    world.deliver(gift(world, locale="en"))

    (mail,) = world.mailer.sent
    assert "tip" not in mail.text
    assert "\n\n\n" not in mail.text


def test_the_mails_speak_french_with_its_spaces(world: World) -> None:
    world.deliver(gift(world, tip=Money(200)))

    (mail,) = world.mailer.sent
    assert mail.locale == "fr"
    text = mail.text.replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}")
    assert "Merci\N{NO-BREAK SPACE}!" in text
    assert "Votre don de 50,00\N{NO-BREAK SPACE}€" in text
    assert "Ce n’est pas un reçu fiscal." in mail.text


@pytest.mark.parametrize(("locale", "greeting"), [("fr", "Bonjour,"), ("en", "Hello,")])
def test_a_sign_in_mail_gives_the_link_and_says_how_long_and_where_it_works(locale: str, greeting: str) -> None:
    site = config.load({"ECOT_ENVIRONMENT": "test"}).site

    mail = mails.write(
        Templates(),
        "sign_in",
        locale,
        message_id="sign_in.1",
        recipient="camille@example.org",
        recipient_name="",
        site=site,
        url="https://x/secret",
        minutes=15,
    )

    assert site.name in mail.subject
    for part in (mail.text, mail.html):
        assert greeting in part
        assert "https://x/secret" in part
        assert "15" in part
