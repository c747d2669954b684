"""The words of the hosted page, in French and in English, and how each writes money and instants."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from babel.dates import format_datetime
from babel.numbers import format_currency
from werkzeug.datastructures import LanguageAccept

from ledger.clock import PARIS

FILE: Final = Path(__file__).with_name("words.json")
LANGUAGES: Final = ("fr", "en")
PATTERN: Final = {"fr": "EEEE d MMMM y 'à' H 'h' mm", "en": "EEEE d MMMM y 'at' HH:mm"}
BABEL: Final = {"fr": "fr_FR", "en": "en_GB"}


@cache
def _catalogues() -> dict[str, dict[str, str]]:
    return dict(json.loads(FILE.read_text(encoding="utf-8")))


def catalogue(language: str) -> dict[str, str]:
    """Give the words of a language."""
    return _catalogues()[language]


def language(locale: str | None, accepted: LanguageAccept) -> str:
    """Choose the language: the session's, else the browser's, else French."""
    own = (locale or "auto")[:2]
    return own if own in LANGUAGES else accepted.best_match(LANGUAGES) or "fr"


def money(minor: int, currency: str, language: str) -> str:
    """Write an amount; all the currencies that are simulated have two decimals."""
    return str(format_currency(Decimal(minor).scaleb(-2), currency.upper(), locale=BABEL[language]))


def instant(seconds: int, language: str) -> str:
    """Write an instant, by the clocks of Paris."""
    moment = datetime.fromtimestamp(seconds, UTC).astimezone(PARIS)
    return str(format_datetime(moment, PATTERN[language], tzinfo=PARIS, locale=BABEL[language]))


def origin(url: str) -> str:
    """Give the origin of a URL: its scheme, host and port."""
    address = urlsplit(url)
    return f"{address.scheme}://{address.netloc}"
