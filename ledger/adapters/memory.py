"""Fakes of the ports, in memory: the same promises as the adapters, and handles to make trouble with.

`MemoryGateway` is a provider whose payers are the tests (see `memory_gateway`); the others keep what they are given.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from ledger.adapters.file_store import PREFIX, checked_key
from ledger.adapters.memory_gateway import MemoryGateway
from ledger.adapters.mime import mailbox
from ledger.errors import Invalid, NotFound, Unavailable
from ledger.ports import FileStore, Mail, Mailer, PdfRenderer

__all__ = ["MemoryFileStore", "MemoryGateway", "MemoryMailer", "MemoryPdf"]


class MemoryMailer(Mailer):
    """Keeps mails. `down` makes it unavailable; addresses in `refused` are refused for good."""

    def __init__(self) -> None:
        self._mails: dict[str, Mail] = {}
        self.down = False
        self.refused: set[str] = set()

    @property
    def sent(self) -> list[Mail]:
        """The mails, the first sent first; one id is one mail."""
        return list(self._mails.values())

    def send(self, mail: Mail) -> None:
        """Keep a mail; see `Mailer`."""
        if mailbox(mail.recipient) in self.refused:
            raise Invalid("address_refused", status=550)
        if self.down:
            raise Unavailable("mail_unavailable")
        self._mails.setdefault(mail.message_id, mail)


class MemoryPdf(PdfRenderer):
    """Makes files that begin like a PDF and hold the document's words. `missing` stands for missing libraries."""

    def __init__(self) -> None:
        self.missing = False
        self.full = False

    def render(self, html: str, *, title: str, locale: str) -> bytes:
        """Make a document; see `PdfRenderer`."""
        if self.missing:
            raise Unavailable("pdf_libraries_missing")
        if self.full:
            raise Unavailable("no_room")
        return f"%PDF-1.7\n% {title} ({locale})\n{_words(html)}\n%%EOF\n".encode()


class MemoryFileStore(FileStore):
    """Keeps files in a dictionary. `full` stands for a disk without room."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}
        self.full = False

    def put(self, key: str, content: bytes) -> None:
        """Keep a file; see `FileStore`."""
        parts = checked_key(key).split("/")
        above = {"/".join(parts[:depth]) for depth in range(1, len(parts))}
        if above & self._files.keys() or any(known.startswith(f"{key}/") for known in self._files):
            raise Invalid("bad_key", key=key)
        if self.full:
            raise Unavailable("no_room")
        self._files[key] = content

    def get(self, key: str) -> bytes:
        """Read a file; see `FileStore`."""
        try:
            return self._files[checked_key(key)]
        except KeyError as error:
            raise NotFound("no_such_file", key=key) from error

    def keys(self, prefix: str) -> Iterable[str]:
        """List keys; see `FileStore`."""
        if not PREFIX.fullmatch(prefix):
            raise Invalid("bad_key", key=prefix)
        return sorted(key for key in self._files if key.startswith(prefix))


def _words(document: str) -> str:
    """Give the text of HTML, its spaces folded; narrow no-break spaces become no-break, as in the real one."""
    body = re.sub(r"(?s)<(style|script|title)\b.*?</\1>|<[^>]*>", " ", document)
    return re.sub(r"[ \t\n\r]+", " ", html.unescape(body)).replace("\u202f", "\u00a0").strip()
