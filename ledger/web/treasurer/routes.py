"""The treasurer's pages."""

from __future__ import annotations

from typing import Final

from ledger.web import paths
from ledger.web.context import Context
from ledger.web.persona import Forbidden, Persona, Route, Table, signed_in
from ledger.web.treasurer import books, entry, manual, opening, periods, reports, statement


def _keeps_books(context: Context) -> None:
    """Admit whoever keeps or audits an organisation's book; which one is asked again for each page."""
    signed_in(context)
    if not context.visitor.keeps_books:
        raise Forbidden


CLOSING: Final = {
    "fr": "/fr/tresorerie/<slug>/exercices/<int:period_id>/cloture",
    "en": "/en/treasury/<slug>/periods/<int:period_id>/closing",
}

TABLE = Table(
    Persona("treasurer", _keeps_books),
    (
        Route("home", paths.TREASURY, books.home),
        Route("statement", {"fr": "/fr/tresorerie/<slug>", "en": "/en/treasury/<slug>"}, statement.show),
        Route("statement_csv", {"fr": "/fr/tresorerie/<slug>.csv", "en": "/en/treasury/<slug>.csv"}, statement.csv),
        Route("statement_pdf", {"fr": "/fr/tresorerie/<slug>.pdf", "en": "/en/treasury/<slug>.pdf"}, statement.pdf),
        Route(
            "fec",
            {"fr": "/fr/tresorerie/<slug>/fec/<int:year>", "en": "/en/treasury/<slug>/fec/<int:year>"},
            reports.entries_file,
        ),
        Route(
            "entry_new",
            {"fr": "/fr/tresorerie/<slug>/ecritures/nouvelle", "en": "/en/treasury/<slug>/entries/new"},
            manual.show,
        ),
        Route(
            "entry_new_send",
            {"fr": "/fr/tresorerie/<slug>/ecritures/nouvelle", "en": "/en/treasury/<slug>/entries/new"},
            manual.send,
            methods=("POST",),
            own_csrf=True,
            uploads=True,
        ),
        Route(
            "entry",
            {
                "fr": "/fr/tresorerie/<slug>/ecritures/<int:entry_id>",
                "en": "/en/treasury/<slug>/entries/<int:entry_id>",
            },
            entry.show,
        ),
        Route(
            "entry_send",
            {
                "fr": "/fr/tresorerie/<slug>/ecritures/<int:entry_id>",
                "en": "/en/treasury/<slug>/entries/<int:entry_id>",
            },
            entry.reverse,
            methods=("POST",),
        ),
        Route(
            "attachment",
            {
                "fr": "/fr/tresorerie/<slug>/ecritures/<int:entry_id>/piece",
                "en": "/en/treasury/<slug>/entries/<int:entry_id>/attachment",
            },
            entry.attachment,
        ),
        Route("opening", {"fr": "/fr/tresorerie/<slug>/reprise", "en": "/en/treasury/<slug>/opening"}, opening.show),
        Route(
            "opening_send",
            {"fr": "/fr/tresorerie/<slug>/reprise", "en": "/en/treasury/<slug>/opening"},
            opening.send,
            methods=("POST",),
            own_csrf=True,
            uploads=True,
        ),
        Route(
            "proof",
            {
                "fr": "/fr/tresorerie/<slug>/ecritures/<int:entry_id>/preuve.json",
                "en": "/en/treasury/<slug>/entries/<int:entry_id>/proof.json",
            },
            entry.proof,
        ),
        Route("periods", {"fr": "/fr/tresorerie/<slug>/exercices", "en": "/en/treasury/<slug>/periods"}, periods.show),
        Route(
            "period",
            {
                "fr": "/fr/tresorerie/<slug>/exercices/<int:period_id>",
                "en": "/en/treasury/<slug>/periods/<int:period_id>",
            },
            periods.act,
            methods=("POST",),
        ),
        Route("closing", CLOSING, periods.confirm),
        Route("closing_send", CLOSING, periods.close_for_good, methods=("POST",)),
        Route("report", {"fr": "/fr/tresorerie/<slug>/<report>", "en": "/en/treasury/<slug>/<report>"}, reports.show),
        Route(
            "report_file",
            {"fr": "/fr/tresorerie/<slug>/<report>.<suffix>", "en": "/en/treasury/<slug>/<report>.<suffix>"},
            reports.file,
        ),
    ),
)
