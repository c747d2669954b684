"""A mail from its templates: `mail/<name>/` has a subject, a text, and the same in HTML."""

from __future__ import annotations

from typing import Any

from ledger.ports import Attachment, Mail
from ledger.templating import Templates


def write(
    templates: Templates,
    name: str,
    locale: str,
    /,
    *,
    message_id: str,
    recipient: str,
    recipient_name: str,
    attachments: tuple[Attachment, ...] = (),
    **context: Any,
) -> Mail:
    """Write a mail in its reader's language; `context` is what the templates speak of."""
    subject, text, html = (
        templates.render(f"mail/{name}/{part}", locale, **context) for part in ("subject.txt", "body.txt", "body.html")
    )
    return Mail(
        message_id=message_id,
        recipient=recipient,
        recipient_name=recipient_name,
        subject=subject.strip(),
        text=text,
        html=html,
        locale=locale,
        attachments=attachments,
    )
