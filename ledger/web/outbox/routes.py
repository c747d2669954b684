"""The demo's mails: pages that exist only where every mail is invented."""

from __future__ import annotations

from ledger.errors import NotFound
from ledger.web.context import Context
from ledger.web.outbox import pages
from ledger.web.persona import Persona, Route, Table


def _in_a_demo(context: Context) -> None:
    if not context.means.settings.site.demo or context.means.outbox is None:
        raise NotFound


TABLE = Table(
    Persona("demo", _in_a_demo),
    (
        Route("outbox", {"fr": "/fr/courriels", "en": "/en/mails"}, pages.listed),
        Route("mail", {"fr": "/fr/courriels/<name>", "en": "/en/mails/<name>"}, pages.show),
        Route("mail_html", {"fr": "/fr/courriels/<name>/html", "en": "/en/mails/<name>/html"}, pages.html),
        Route(
            "attachment",
            {"fr": "/fr/courriels/<name>/<int:index>", "en": "/en/mails/<name>/<int:index>"},
            pages.attachment,
        ),
    ),
)
