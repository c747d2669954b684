"""A mail as the text that travels: headers that nobody can slip a line into, text and HTML, attachments."""

from __future__ import annotations

import re
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Final

from ledger.errors import Invalid
from ledger.ports import Mail

CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
"""What could end a header's line, now or in some other program. Non-breaking spaces are not among it."""

WORDS: Final = r"[A-Za-z0-9_+=-]+(\.[A-Za-z0-9_+=-]+)*"
MESSAGE_ID: Final = re.compile(f"(?=.{{1,200}}$){WORDS}@{WORDS}")
"""Narrower than the standard's, so that an id is also a file's name."""

MAILBOX: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}")


def compose(mail: Mail, *, sender: str, date: datetime) -> EmailMessage:
    """Write a mail: plain text first, HTML as its alternative, then the attachments.

    Text is quoted-printable, so that no server on the way needs to take 8-bit lines.

    Raises:
        Invalid: the recipient's address or the message's id cannot stand in a header.
    """
    message = EmailMessage(policy=SMTP)
    message["Message-ID"] = f"<{message_id(mail, sender=sender)}>"
    message["Date"] = format_datetime(date)
    message["From"] = _address(*parseaddr(sender))
    message["To"] = _address(mail.recipient_name, mail.recipient)
    message["Subject"] = _line(mail.subject)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    for attachment in mail.attachments:
        maintype, _, subtype = attachment.media_type.partition("/")
        name = _line(attachment.name).replace("/", "-")
        message.add_attachment(attachment.content, maintype=maintype, subtype=subtype, filename=name)
    message["Content-Language"] = _line(mail.locale)  # last: each body added above takes such headers with it
    return message


def message_id(mail: Mail, *, sender: str) -> str:
    """Give a mail's id without its brackets; one without a domain gets the sender's.

    Raises:
        Invalid: it is empty, longer than 200 characters, or not made of ASCII words, dots and one @.
    """
    name = mail.message_id.strip("<>")
    full = name if "@" in name else f"{name}@{parseaddr(sender)[1].rpartition('@')[2]}"
    if not MESSAGE_ID.fullmatch(full):
        raise Invalid("bad_message_id", message_id=mail.message_id)
    return full


def mailbox(address: str) -> str:
    """Give an address as it is used on the wire, its domain in ASCII.

    Raises:
        Invalid: it is not an address, or one that our servers cannot carry (letters outside ASCII before the @).
    """
    local, _, domain = address.strip().rpartition("@")
    try:
        wire = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise Invalid("bad_address") from error
    if not MAILBOX.fullmatch(wire):
        raise Invalid("bad_address")
    return wire


def _address(name: str, address: str) -> Address:
    try:
        return Address(display_name=_line(name), addr_spec=mailbox(address))
    except (ValueError, HeaderParseError) as error:
        raise Invalid("bad_address") from error


def _line(text: str) -> str:
    return CONTROL.sub(" ", text).strip()
