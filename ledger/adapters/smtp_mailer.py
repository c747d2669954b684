"""Mails by SMTP, one connection for each: what may be tried again is told from what is refused for good."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from datetime import datetime
from typing import Final

from ledger import clock
from ledger.adapters import mime
from ledger.errors import Invalid, Unavailable
from ledger.ports import Mail, Mailer

TIMEOUT: Final = 20.0
"""Seconds to wait for each answer of the server."""

SMTPS: Final = 465
"""The port on which the connection is encrypted from its first byte (RFC 8314)."""

PERMANENT: Final = 500


class SmtpMailer(Mailer):
    """An SMTP server that takes our mails. With `starttls` a server that cannot encrypt is not used at all."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        sender: str,
        user: str = "",
        password: str = "",
        starttls: bool = False,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._host, self._port = host, port
        self._sender = sender
        self._user, self._password = user, password
        self._starttls = starttls
        self._now = now

    def send(self, mail: Mail) -> None:
        """Hand a mail over; see `Mailer`."""
        message = mime.compose(mail, sender=self._sender, date=self._now())
        try:
            with self._connect() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            status = max(code for code, _ in error.recipients.values())
            raise _refused("address_refused", status) from error
        except smtplib.SMTPDataError as error:
            raise _refused("mail_refused", error.smtp_code) from error
        except OSError as error:  # smtplib's own errors are among these
            raise Unavailable("mail_unavailable", status=getattr(error, "smtp_code", 0)) from error

    def _connect(self) -> smtplib.SMTP:
        if self._port == SMTPS:
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT)
        try:
            if self._starttls:
                server.starttls(context=ssl.create_default_context())
            if self._user:
                server.login(self._user, self._password)
        except OSError:
            server.close()
            raise
        return server


def _refused(code: str, status: int) -> Invalid | Unavailable:
    return Invalid(code, status=status) if status >= PERMANENT else Unavailable(code, status=status)
