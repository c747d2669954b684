"""A file that a form carries: taken by its first bytes, kept at once, and known again when the form comes back.

Browsers forget the file of a form that is shown again; its hash and its name come back in hidden fields instead.
"""

from __future__ import annotations

from typing import Final

from flask import Request

from ledger.books import vouchers
from ledger.books.vouchers import Voucher
from ledger.config import FileSettings
from ledger.errors import Invalid, NotFound
from ledger.ports import FileStore

FILE: Final = "attachment"
KEPT: Final = "kept"
KEPT_NAME: Final = "kept_name"


def content_of(request: Request, settings: FileSettings) -> tuple[str, bytes] | None:
    """Give the name and the bytes of the file that came with a form; nothing where none was chosen.

    Raises:
        Invalid: `file_too_large` or `file_empty`.
    """
    upload = request.files.get(FILE)
    if upload is None or not upload.filename:
        return None
    content = upload.stream.read(settings.attachment_megabytes * 1024 * 1024 + 1)
    if len(content) > settings.attachment_megabytes * 1024 * 1024:
        raise Invalid("file_too_large", megabytes=settings.attachment_megabytes)
    if not content:
        raise Invalid("file_empty")
    return upload.filename, content


def take(request: Request, settings: FileSettings, files: FileStore, book_id: int) -> Voucher | None:
    """Keep the document that came with a form, or find the one that came with it before; nothing without either.

    Raises:
        Invalid: `file_too_large`, `file_empty` or `unknown_file_type`.
        Unavailable: it cannot be kept, or not be read again, now.
    """
    given = content_of(request, settings)
    if given is not None:
        name, content = given
        return vouchers.keep(files, book_id, name, content, media_type=vouchers.media_type_of(content))
    sha256, name = request.form.get(KEPT, ""), request.form.get(KEPT_NAME, "")
    if not sha256:
        return None
    try:
        content = vouchers.content_kept(files, book_id, sha256)
    except NotFound:
        return None
    return vouchers.keep(files, book_id, name, content, media_type=vouchers.media_type_of(content))
