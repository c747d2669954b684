"""Vouchers: the documents that entries made by hand rest on, kept as files under their SHA-256.

The entry's details name the file and its hash, so that the document is sealed with the entry. It is kept before
the entry is posted: who dies in between leaves a file that nobody names, never an entry without its document.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.books.models import Entry
from ledger.books.problems import Check, Problem
from ledger.errors import Invalid, NotFound, Unavailable
from ledger.ports import FileStore

MAGIC: Final = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
"""What the files that people attach begin with. The name that a file comes under proves nothing."""

LONGEST_NAME: Final = 120
CHUNK: Final = 500


class UnknownFileType(Invalid):
    """A file is none of the types that can be attached."""

    code = "unknown_file_type"


class VoucherAltered(Unavailable):
    """The file that is kept is not the one that the entry was posted with."""

    code = "voucher_altered"


@dataclass(frozen=True, slots=True)
class Voucher:
    """A document that is kept: the name it came under, its media type, its hash, its place in the file store."""

    name: str
    media_type: str
    sha256: str
    key: str

    def details(self) -> dict[str, str]:
        """Give the words that name it in an entry's details."""
        return {
            "attachment_name": self.name,
            "attachment_type": self.media_type,
            "attachment_sha256": self.sha256,
            "attachment_key": self.key,
        }


def media_type_of(content: bytes) -> str:
    """Tell a PDF, PNG or JPEG file by its first bytes.

    Raises:
        UnknownFileType: it is none of them.
    """
    for magic, media_type in MAGIC.items():
        if content.startswith(magic):
            return media_type
    raise UnknownFileType


def keep(files: FileStore, book_id: int, name: str, content: bytes, *, media_type: str) -> Voucher:
    """Keep a document, before the transaction that posts its entry; the same content again changes nothing.

    Raises:
        Unavailable: it cannot be kept now.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    voucher = Voucher(printable(name), media_type, sha256, _key(book_id, sha256))
    files.put(voucher.key, content)
    return voucher


def content_kept(files: FileStore, book_id: int, sha256: str) -> bytes:
    """Give the content that was kept for a book under a hash.

    Raises:
        NotFound: there is none.
        VoucherAltered: it is not what it was.
        Unavailable: the store cannot be reached.
    """
    if len(sha256) != hashlib.sha256().digest_size * 2 or not sha256.isalnum() or not sha256.isascii():
        raise NotFound("no_such_file", key=sha256[:80])
    return _intact(files, _key(book_id, sha256), sha256)


def read(files: FileStore, voucher: Voucher) -> bytes:
    """Give the content of a voucher, byte for byte as it was sealed.

    Raises:
        NotFound, VoucherAltered, Unavailable.
    """
    return _intact(files, voucher.key, voucher.sha256)


def of(details: Mapping[str, str]) -> Voucher | None:
    """Read from an entry's details which document it rests on, if any."""
    if "attachment_key" not in details:
        return None
    return Voucher(*(details[f"attachment_{word}"] for word in ("name", "type", "sha256", "key")))


def check(files: FileStore) -> Check:
    """Make the check that every document that an entry names is in the file store, with its hash."""

    def kept(session: Session, book_id: int) -> Iterator[Problem]:
        for entry_id, voucher in _named(session, book_id):
            try:
                read(files, voucher)
            except NotFound:
                yield Problem("voucher_missing", "entry", entry_id, voucher.key)
            except VoucherAltered:
                yield Problem("voucher_altered", "entry", entry_id, voucher.key)

    return kept


def printable(name: str) -> str:
    """Give the name of a file without its folders and without what cannot be printed, not too long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    path = PurePosixPath("".join(character for character in last if character.isprintable()).strip())
    suffix = path.suffix[:10]
    return f"{path.stem[: LONGEST_NAME - len(suffix)]}{suffix}" or "document"


def _named(session: Session, book_id: int) -> Iterator[tuple[int, Voucher]]:
    by_hand = sa.or_(Entry.source.startswith("manual:"), Entry.source.startswith("opening:"))
    statement = sa.select(Entry.id, Entry.details).where(Entry.book_id == book_id, by_hand).order_by(Entry.id)
    for row in session.execute(statement.execution_options(yield_per=CHUNK)):
        voucher = of(row.details)
        if voucher is not None:
            yield row.id, voucher


def _key(book_id: int, sha256: str) -> str:
    return f"vouchers/{book_id}/{sha256}"


def _intact(files: FileStore, key: str, sha256: str) -> bytes:
    content = files.get(key)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise VoucherAltered(key=key)
    return content
