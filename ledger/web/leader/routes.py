"""The project leader's pages."""

from __future__ import annotations

from ledger.web.context import Context
from ledger.web.leader import own
from ledger.web.persona import Forbidden, Persona, Route, Table, signed_in


def _leads(context: Context) -> None:
    """Admit whoever leads a project; which one is asked again for each page."""
    signed_in(context)
    if not context.visitor.leads:
        raise Forbidden


TABLE = Table(
    Persona("leader", _leads),
    (
        Route("home", {"fr": "/fr/porteur", "en": "/en/leader"}, own.home),
        Route("project", {"fr": "/fr/porteur/<slug>", "en": "/en/leader/<slug>"}, own.project),
        Route("csv", {"fr": "/fr/porteur/<slug>.csv", "en": "/en/leader/<slug>.csv"}, own.csv),
    ),
)
