"""Mails as files, for a demo and for tests: each is one `.eml` that any mail program opens, and none leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Final, cast

from ledger import clock
from ledger.adapters import file_store, mime
from ledger.errors import NotFound
from ledger.ports import Attachment, Mail, Mailer, Outbox, StoredMail

FOLDER: Final = "outbox"


class OutboxMailer(Mailer):
    """Writes each mail into `<directory>/outbox`; the same message id again changes nothing."""

    def __init__(self, directory: Path, *, sender: str, now: Callable[[], datetime] = clock.now) -> None:
        self._folder = directory / FOLDER
        self._sender = sender
        self._now = now

    def send(self, mail: Mail) -> None:
        """Write a mail down; see `Mailer`."""
        message = mime.compose(mail, sender=self._sender, date=self._now())
        path = self._folder / f"{mime.message_id(mail, sender=self._sender)}.eml"
        if not path.exists():
            file_store.write_whole(path, message.as_bytes())


class DirectoryOutbox(Outbox):
    """Reads the mails that an `OutboxMailer` wrote."""

    def __init__(self, directory: Path) -> None:
        self._folder = directory / FOLDER

    def newest_first(self) -> list[StoredMail]:
        """Read every mail; see `Outbox`."""
        mails = [(_read(path), path.stat().st_mtime_ns) for path in self._folder.glob("*.eml")]
        mails.sort(key=lambda pair: (pair[0].date, pair[1]), reverse=True)
        return [mail for mail, _ in mails]

    def read(self, key: str) -> StoredMail:
        """Read one mail; see `Outbox`."""
        path = self._folder / f"{key}.eml"
        if not mime.MESSAGE_ID.fullmatch(key) or not path.is_file():
            raise NotFound("no_such_mail", key=key)
        return _read(path)


def _read(path: Path) -> StoredMail:
    message = message_from_bytes(path.read_bytes(), policy=default)
    return StoredMail(
        key=path.stem,
        recipient=message["To"].addresses[0].addr_spec,
        subject=str(message["Subject"]),
        date=message["Date"].datetime,
        text=_body(message, "plain"),
        html=_body(message, "html"),
        attachments=tuple(
            Attachment(
                name=part.get_filename("attachment"),
                media_type=part.get_content_type(),
                content=cast("bytes", part.get_payload(decode=True)),
            )
            for part in message.iter_attachments()
        ),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""
