"""The demo's mails: the list, one mail, its HTML in a frame of its own, its attachments."""

from __future__ import annotations

from typing import Final

from flask import Response

from ledger.errors import NotFound
from ledger.ports import Outbox
from ledger.web.context import Context
from ledger.web.files import inline

FRAME_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
)
"""A mail's own HTML: its inline style and nothing else."""


def _outbox(context: Context) -> Outbox:
    if context.means.outbox is None:
        raise NotFound
    return context.means.outbox


def listed(context: Context) -> Response:
    """List the mails, the newest first."""
    return context.render("demo/outbox.html", mails=_outbox(context).newest_first())


def show(context: Context, name: str) -> Response:
    """Show one mail."""
    return context.render("demo/mail.html", mail=_outbox(context).read(name))


def html(context: Context, name: str) -> Response:
    """Answer a mail's HTML, for its frame."""
    mail = _outbox(context).read(name)
    return Response(mail.html, mimetype="text/html", headers={"Content-Security-Policy": FRAME_POLICY})


def attachment(context: Context, name: str, index: int) -> Response:
    """Answer a mail's attachment."""
    attachments = _outbox(context).read(name).attachments
    if index >= len(attachments):
        raise NotFound
    found = attachments[index]
    return inline(found.content, media_type=found.media_type, name=found.name)
