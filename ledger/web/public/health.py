"""For machines: is it alive, and what may be read by robots."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Response

from ledger.web.context import Context


def show(context: Context) -> Response:
    """Answer once the database answers."""
    with context.means.database.reading() as session:
        session.execute(sa.text("SELECT 1"))
    return Response("ok\n", mimetype="text/plain")


def robots(_context: Context) -> Response:
    """Keep robots away from what is one person's own."""
    closed = ("/fr/contributions/", "/en/contributions/", "/fr/moi", "/en/me", "/hooks/")
    return Response("User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in closed), mimetype="text/plain")
