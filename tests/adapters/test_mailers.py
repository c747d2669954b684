"""What every mailer promises, asked of the fake, of the outbox and of SMTP; then what only one of them does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from ledger.adapters.memory import MemoryMailer
from ledger.adapters.outbox_mailer import DirectoryOutbox, OutboxMailer
from ledger.adapters.smtp_mailer import SmtpMailer
from ledger.errors import Invalid, NotFound, Unavailable
from ledger.ports import Attachment, Mail
from tests.adapters import smtp_server
from tests.adapters.files import small_files_only

SENDER: Final = "Écot <ne-pas-repondre@ecot.example>"
NOON: Final = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
PDF: Final = Attachment("reçu 2026-0042.pdf", "application/pdf", bytes(range(256)) * 8)
MAIL: Final = Mail(
    message_id="receipt-42@ecot.example",
    recipient="zoe.durand@exemple.fr",
    recipient_name="Zoé, « la » Durand",
    subject="Merci\u202f! Votre don de 1\u202f234,56\xa0€ pour le jardin partagé des Izards est bien arrivé",
    text="Bonjour Zoé,\n\n.\nVotre don de 1\u202f234,56\xa0€.\n" + "long " * 300 + "\n",
    html="<p>Bonjour <b>Zoé</b></p>\n",
    locale="fr",
    attachments=(PDF,),
)


Content = tuple[str, str, str, str, tuple[Attachment, ...]]


class InMemory:
    def __init__(self) -> None:
        self.mailer = self.fake = MemoryMailer()

    def mails(self) -> list[Content]:
        return [(m.recipient, m.subject, m.text, m.html, m.attachments) for m in self.fake.sent]


class InOutbox:
    def __init__(self, directory: Path) -> None:
        self.mailer = OutboxMailer(directory, sender=SENDER, now=lambda: NOON)
        self.outbox = DirectoryOutbox(directory)

    def mails(self) -> list[Content]:
        stored = reversed(self.outbox.newest_first())
        return [(m.recipient, m.subject, m.text, m.html, m.attachments) for m in stored]


class BySmtp:
    def __init__(self, server: smtp_server.MailServer, directory: Path) -> None:
        self.mailer = SmtpMailer("127.0.0.1", server.port, sender=SENDER, now=lambda: NOON)
        self.server = server
        self.directory = directory

    def mails(self) -> list[Content]:
        folder = self.directory / "outbox"
        folder.mkdir()
        for number, content in enumerate(self.server.raw):
            (folder / f"{number}.eml").write_bytes(content)
        stored = reversed(DirectoryOutbox(self.directory).newest_first())
        return [(m.recipient, m.subject, m.text, m.html, m.attachments) for m in stored]


@pytest.fixture
def server() -> Iterator[smtp_server.MailServer]:
    with smtp_server.running() as running:
        yield running


@pytest.fixture(params=["memory", "outbox", "smtp"])
def taken(request: pytest.FixtureRequest, tmp_path: Path) -> InMemory | InOutbox | BySmtp:
    if request.param == "memory":
        return InMemory()
    if request.param == "outbox":
        return InOutbox(tmp_path)
    return BySmtp(request.getfixturevalue("server"), tmp_path)


def test_a_mail_arrives_whole_with_its_accents_spaces_and_attachments(
    taken: InMemory | InOutbox | BySmtp,
) -> None:
    taken.mailer.send(MAIL)

    assert taken.mails() == [(MAIL.recipient, MAIL.subject, MAIL.text, MAIL.html, MAIL.attachments)]


@pytest.mark.parametrize(
    "address", ["", "nobody", "a b@exemple.fr", "a@b@exemple.fr", "zoé@exemple.fr", "a@", "a@exemple.fr\nBcc: b@c.fr"]
)
def test_what_is_no_address_is_refused_for_good(taken: InMemory | InOutbox | BySmtp, address: str) -> None:
    with pytest.raises(Invalid):
        taken.mailer.send(replace(MAIL, recipient=address))
    assert taken.mails() == []


@pytest.mark.parametrize("kind", ["memory", "outbox"])
def test_the_same_message_id_again_changes_nothing(kind: str, tmp_path: Path) -> None:
    taken: InMemory | InOutbox = InMemory() if kind == "memory" else InOutbox(tmp_path)
    taken.mailer.send(MAIL)
    taken.mailer.send(replace(MAIL, subject="Autre chose"))

    assert [mail[1] for mail in taken.mails()] == [MAIL.subject]


def test_a_mail_says_who_when_which_and_that_a_machine_wrote_it(server: smtp_server.MailServer, tmp_path: Path) -> None:
    BySmtp(server, tmp_path).mailer.send(MAIL)

    [mail] = server.mails
    assert mail["Message-ID"] == "<receipt-42@ecot.example>"
    assert mail["Date"].datetime == NOON
    assert mail["From"].addresses[0].display_name == "Écot"
    assert mail["To"].addresses[0].display_name == MAIL.recipient_name
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "fr"
    assert all(len(line) <= 998 for content in server.raw for line in content.split(b"\r\n"))
    assert all(content.isascii() for content in server.raw)


def test_nobody_slips_a_header_into_a_mail(server: smtp_server.MailServer, tmp_path: Path) -> None:
    trap = "Don\r\nBcc: voleur@exemple.fr\r\n\r\nBonjour\u2028\x85"
    BySmtp(server, tmp_path).mailer.send(
        replace(MAIL, subject=trap, recipient_name=trap, attachments=(replace(PDF, name=trap),))
    )

    [mail] = server.mails
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Don Bcc: voleur@exemple.fr Bonjour"
    assert server.recipients == ["zoe.durand@exemple.fr"]


@pytest.mark.parametrize(
    "message_id",
    ["", "a b", "a\nBcc: b@c.fr", "<é@ecot.example>", "a>b@ecot.example", "a@b@c", "../a@b", ".a@b", "x" * 201],
)
def test_an_id_that_cannot_stand_in_a_header_is_refused(message_id: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        InOutbox(tmp_path).mailer.send(replace(MAIL, message_id=message_id))


def test_a_domain_with_accents_travels_in_ascii(server: smtp_server.MailServer, tmp_path: Path) -> None:
    BySmtp(server, tmp_path).mailer.send(replace(MAIL, recipient="zoe@mairie-évry.fr"))

    assert server.recipients == ["zoe@xn--mairie-vry-h7a.fr"]


@pytest.mark.parametrize(
    ("verb", "answer", "kind"),
    [
        ("RCPT", "450 4.2.1 mailbox busy", Unavailable),
        ("RCPT", "550 5.1.1 no such mailbox", Invalid),
        ("DATA", "451 4.3.0 later", Unavailable),
        ("DATA", "552 5.3.4 too big", Invalid),
        ("MAIL", "451 4.3.0 greylisted", Unavailable),
        ("MAIL", "550 5.7.1 sender not allowed here", Unavailable),
        ("EHLO", "421 4.3.2 going down", Unavailable),
    ],
)
def test_what_may_be_tried_again_is_told_from_what_is_refused_for_good(
    server: smtp_server.MailServer, tmp_path: Path, verb: str, answer: str, kind: type[Exception]
) -> None:
    server.answers[verb] = answer
    if verb == "EHLO":
        server.answers["HELO"] = answer

    with pytest.raises(kind):
        BySmtp(server, tmp_path).mailer.send(MAIL)
    assert server.raw == []


@pytest.mark.parametrize("moment", ["EHLO", "MAIL", "RCPT", "DATA", "CONTENT"])
def test_a_server_that_hangs_up_may_be_tried_again(server: smtp_server.MailServer, tmp_path: Path, moment: str) -> None:
    server.hangs_up_at = moment

    with pytest.raises(Unavailable):
        BySmtp(server, tmp_path).mailer.send(MAIL)


def test_a_server_that_is_not_there_may_be_tried_again() -> None:
    with smtp_server.running() as gone:
        port = gone.port

    with pytest.raises(Unavailable):
        SmtpMailer("127.0.0.1", port, sender=SENDER).send(MAIL)


@pytest.mark.parametrize("options", [{"starttls": True}, {"user": "ecot", "password": "wrong"}])
def test_a_server_that_cannot_encrypt_or_does_not_know_us_gets_no_mail(
    server: smtp_server.MailServer, options: dict[str, Any]
) -> None:
    mailer = SmtpMailer("127.0.0.1", server.port, sender=SENDER, **options)

    with pytest.raises(Unavailable):
        mailer.send(MAIL)
    assert not any(command.startswith(("MAIL", "AUTH")) for command in server.commands)


def test_the_outbox_shows_the_last_mail_first_and_finds_each_by_its_key(tmp_path: Path) -> None:
    instants = iter([NOON + timedelta(minutes=minute) for minute in (1, 3, 2)])
    mailer = OutboxMailer(tmp_path, sender=SENDER, now=lambda: next(instants))
    for name in ("1", "3", "2"):
        mailer.send(replace(MAIL, message_id=f"mail-{name}", subject=name))
    outbox = DirectoryOutbox(tmp_path)

    mails = outbox.newest_first()

    assert [mail.subject for mail in mails] == ["3", "2", "1"]
    assert outbox.read(mails[1].key) == mails[1]
    assert mails[0].key == "mail-3@ecot.example"
    assert mails[0].attachments[0] == PDF


@pytest.mark.parametrize("key", ["", "none", "../outside", "..", "/etc/passwd", ".hidden", "a\0b"])
def test_a_key_that_names_no_mail_finds_none(tmp_path: Path, key: str) -> None:
    (tmp_path / "outside.eml").write_text("To: a@b.fr\n\nsecret")
    OutboxMailer(tmp_path, sender=SENDER).send(MAIL)

    with pytest.raises(NotFound):
        DirectoryOutbox(tmp_path).read(key)


def test_an_outbox_that_nothing_was_put_into_is_empty(tmp_path: Path) -> None:
    assert DirectoryOutbox(tmp_path).newest_first() == []


def test_an_outbox_without_room_keeps_no_half_of_a_mail(tmp_path: Path) -> None:
    taken = InOutbox(tmp_path)

    with small_files_only(1000), pytest.raises(Unavailable):
        taken.mailer.send(MAIL)

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    taken.mailer.send(MAIL)
    assert len(taken.mails()) == 1
