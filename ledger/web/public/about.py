"""How it works, what is kept of whom and why, who runs it, where the source is."""

from __future__ import annotations

from flask import Response

from ledger.web.context import Context


def show(context: Context) -> Response:
    """Show the page about the site."""
    return context.render("public/about.html")
