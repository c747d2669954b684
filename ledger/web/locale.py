"""Which language a request is answered in: its address says so; where it does not, what the browser prefers."""

from __future__ import annotations

from flask import Request

from ledger import i18n


def of_request(request: Request) -> str:
    """Give the language of a request: of its address, else of its Accept-Language, else French."""
    first = request.path.split("/", 2)[1]
    if first in i18n.LOCALES:
        return first
    return request.accept_languages.best_match(i18n.LOCALES) or i18n.DEFAULT_LOCALE


def other(locale: str) -> str:
    """Give the other of our two languages."""
    return next(candidate for candidate in i18n.LOCALES if candidate != locale)
